"""Lab 06: a producer on Redis whose replies get lost, whose listener goes away, and whose server is killed."""

from helpers.bench.faults import Accepted, BeforeConfirm, BeforePublish, Blackout, HangUp, Kill, KillBroker, Published, Reset
from helpers.bench.lab import Expect, Lab, Scenario, since_1970

LAB = Lab(
    title="A Redis producer that keeps its promises",
    broker="redis",
    roles=("producer",),
    orders=24,
    guarantees=("at-least-once", "effectively-once"),
    # The server's own part is lab 15: here it writes every command to disk before it answers.
    redis_options={"appendonly": "yes", "appendfsync": "always"},
    channel=True,
    extra={
        "customer": ("ada", "Ben & Sons", "cleo", "Dörte <d@shop>", "Finn O'Neill"),
        "format": ("json", "xml"),
    },
    expects=(
        Expect("type", "`order.placed`", lambda order: "order.placed"),
        Expect("content_type", "`application/json` or `application/xml`, as the body is",
               lambda order: f"application/{order['format']}"),
        Expect("order_id", "the order's id", lambda order: order["id"]),
        Expect("schema_version", "`1`", lambda order: 1),
        Expect("time", "when it was sent, in whole seconds since 1970", holds=since_1970(1)),
        Expect("body", "the order in its format"),
    ),
    scenarios=(
        Scenario("calm", "nothing goes wrong; every entry is looked at"),
        Scenario("nobody-listens", "the one who listens on the channel goes away", (HangUp(Published(5)),)),
        Scenario("cut-on-the-way", "the connection is cut while an order is on its way to Redis",
                 (Blackout("producer", BeforePublish(7), 0.4),)),
        Scenario("reply-lost", "Redis has added an order, and its reply is lost with the connection",
                 (Reset("producer", BeforeConfirm(7)),)),
        Scenario("server-killed", "Redis is killed in the middle, and comes back", (KillBroker(Published(10)),)),
        Scenario("killed", "the process is killed before it hears of a reply, and again right after a promise",
                 (Kill("producer", BeforeConfirm(5)), Kill("producer", Accepted(12)))),
    ),
    hints=(
        "Three commands can carry an order to somebody: XADD, PUBLISH, RPUSH. Which of them keep it, what does each of them "
        "answer, "
        "and which of these answers do you look at?",
        "XADD answers with the entry's id: accept after that. PUBLISH answers how many have heard it: where that is 0, put "
        "the id "
        "into MISSED. Trim generously or not at all: MAXLEN does not ask who has read. As for twice: whether the client "
        "sends again when a connection breaks (redis.Redis(host, port) does, redis.Redis.from_url does not) or you do after "
        "a restart, "
        "XADD knows nothing of the first time. The step that adds must be the step that looks whether it was added.",
        "fields = {\"type\": \"order.placed\", \"content_type\": …, \"order_id\": order[\"id\"], \"schema_version\": 1, "
        "\"time\": int(time.time()), "
        "\"body\": JSON or XML}; r.xadd(stream, fields, maxlen=10_000, approximate=True); if r.publish(channel, "
        "order[\"id\"]) == 0: "
        "r.rpush(missed, order[\"id\"]); accept(order). For effectively once put XADD into a script: if redis.call('SET', "
        "KEYS[2], 1, "
        "'NX', 'EX', 86400) then return redis.call('XADD', KEYS[1], '*', unpack(ARGV)) end, with KEYS[2] = \"sent:\" .. id.",
    ),
    usual="20 to 30 minutes",
)
