"""What the decoder says of Redis's commands and replies, on conversations made by hand."""

import hashlib
import random

import pytest

from helpers.wire import tokens
from helpers.wire.decoder import BROKER, CLIENT, Observation, Undecodable
from helpers.wire.redis import Redis
from helpers.wire.redis_book import Book
from helpers.wire.resp import Stream, encode, reply

ORDERS = tokens.draw(random.Random(5), 6)
OK = b"+OK\r\n"


class Talk:
    """Feeds a decoder as the tap does. `drop(observation)` true: the unit is not forwarded."""

    def __init__(self, drop=lambda _: False, book: Book | None = None, conn: int = 1):
        self.decoder = Redis(book)
        self.decoder.conn = conn
        self.drop = drop
        self.out = [b"", b""]

    def say(self, direction: int, data: bytes) -> list[Observation]:
        seen = []
        for unit in self.decoder.feed(direction, data):
            seen += unit.observations
            if any([self.drop(each) for each in unit.observations]):
                onward, back = self.decoder.swallow(direction, unit)
                self.out[direction] += onward
                self.out[1 - direction] += back
            else:
                self.out[direction] += unit.raw
        return [each for each in seen if each.kind != "opened"]

    def client(self, *commands: str) -> list[Observation]:
        """Commands, their words separated by blanks."""
        return self.say(CLIENT, b"".join(encode(*each.split(" ")) for each in commands))

    def broker(self, *replies: bytes) -> list[Observation]:
        return self.say(BROKER, b"".join(replies))

    def clear(self) -> None:
        self.out = [b"", b""]


def told(seen: list[Observation]) -> list[tuple[str, str | None]]:
    return [(each.kind, each.order) for each in seen]


def bulk(*values) -> bytes:
    """An array of bulk strings, numbers, nested arrays."""
    def one(value) -> bytes:
        if isinstance(value, list):
            return bulk(*value)
        if value is None or isinstance(value, int):
            return reply(value)
        return b"$%d\r\n%b\r\n" % (len(value.encode()), value.encode())

    return b"*%d\r\n" % len(values) + b"".join(map(one, values))


def given(talk: Talk, *entries: str, group: str = "g", consumer: str = "c") -> list[Observation]:
    talk.client(f"XREADGROUP GROUP {group} {consumer} STREAMS s >")
    return talk.broker(bulk(["s", [[e, ["body", ORDERS[i]]] for i, e in enumerate(entries)]]))


def test_values_of_both_versions():
    stream = Stream(requests=False)
    raw = (b"*2\r\n$3\r\na\r\n\r\n%1\r\n+a\r\n:-1\r\n|1\r\n+k\r\n+v\r\n-ERR x y\r\n>2\r\n_\r\n#t\r\n*-1\r\n"
           b"=5\r\ntxt:a\r\n,1.5\r\n"
           b"(12\r\n!5\r\nERR a\r\n~1\r\n:1\r\n*0\r\n$0\r\n\r\n")
    stream.add(raw)
    values, bytes_ = [], []
    while (found := stream.take()) is not None:
        bytes_.append(found[0])
        values.append(found[1])
    assert values == [[b"a\r\n"[:3], [[b"a", -1]]], "ERR x y", [None, True], None, b"a", b"1.5", b"12", "ERR a", [1], [], b""]
    assert b"".join(bytes_) == raw


@pytest.mark.parametrize("raw", [b"$5\r\nabcdefg\r\n", b"$x\r\n", b"?\r\n", b"*-2\r\n", b":1a\r\n",
                                 b"$999999999999\r\n", b"HTTP/1.1 400"])
def test_what_is_no_reply_cannot_be_decoded_and_is_kept(raw):
    stream = Stream(requests=False)
    stream.add(OK + raw)
    assert stream.take() == (OK, b"OK")
    with pytest.raises(Undecodable):
        stream.take()
    assert stream.rest() == raw


def test_what_is_set_of_persistence_is_told_and_nothing_else():
    talk = Talk()
    (told_,) = talk.client("CONFIG SET appendonly yes requirepass secret maxmemory 1gb")
    assert (told_.kind, told_.frame, told_.data["settings"]) == ("method", "CONFIG SET", {"appendonly": "yes"})
    (told_,) = talk.client("CONFIG REWRITE")
    assert told_.frame == "CONFIG REWRITE"
    assert talk.client("CONFIG SET maxmemory 1gb", "CONFIG GET appendonly") == []


def test_a_huge_string_is_taken_in_linear_time():
    talk = Talk()
    raw = encode("SET", "k", b"x" * 30_000_000)
    for at in range(0, len(raw), 65536):
        talk.say(CLIENT, raw[at:at + 65536])
    assert len(talk.out[CLIENT]) == len(raw) and talk.decoder.rest(CLIENT) == b""


def test_inline_commands_and_empty_lines():
    talk = Talk()
    assert told(talk.say(CLIENT, b'\r\nXADD s * body "a %b"\r\nPING\n' % ORDERS[0].encode())) == [("published", ORDERS[0])]
    assert told(talk.broker(b"$3\r\n1-1\r\n", b"+PONG\r\n")) == [("confirmed", ORDERS[0])]
    with pytest.raises(Undecodable, match="TLS"):
        Talk().say(CLIENT, b"\x16\x03\x01\x02\x00\x01")


def test_a_pipeline_is_answered_in_its_order():
    talk = Talk()
    talk.client("GET a", f"XADD s MAXLEN ~ 5 LIMIT 2 * body {ORDERS[0]}", "PING", f"PUBLISH c {ORDERS[1]}")
    (first, second) = talk.broker(b"$-1\r\n", b"$3\r\n5-1\r\n", b"+PONG\r\n", b":2\r\n")
    assert (first.kind, first.order, first.pos["entry"]) == ("confirmed", ORDERS[0], "5-1")
    assert (second.order, second.data["receivers"]) == (ORDERS[1], 2)


def test_an_entry_given_to_one_connection_may_be_acknowledged_on_another():
    book = Book()
    given(Talk(book=book), "1-1", "1-2")
    seen = Talk(book=book, conn=2).client("XACK s g 1-2 9-9")
    assert told(seen) == [("acknowledged", ORDERS[1]), ("acknowledged", None)]
    assert seen[0].pos == {"conn": 2, "stream": "s", "entry": "1-2"} and seen[0].data["commit"] == seen[1].data["commit"]


def test_an_acknowledgement_that_came_to_nothing_is_withdrawn():
    talk = Talk()
    given(talk, "1-1")
    (settled,) = talk.client("XACK s other 1-1")
    (refused,) = talk.broker(b":0\r\n")
    assert (refused.kind, refused.data["commit"]) == ("refused", settled.data["commit"])
    (settled,) = talk.client("XACK s g 1-1")
    (refused,) = talk.broker(b"-NOPERM no\r\n")
    assert refused.data["commit"] == settled.data["commit"] and refused.data["error"] == "NOPERM no"
    talk.client("XGROUP DELCONSUMER s g c")
    (removed,) = talk.broker(b":1\r\n")
    assert (removed.order, removed.data["pending"]) == (ORDERS[0], 1)  # it was still pending


def test_a_script_that_redis_does_not_know_is_withdrawn():
    talk = Talk()
    given(talk, "1-1")
    script = "return redis.call('xack', KEYS[1], ARGV[1], ARGV[2])"
    talk.say(CLIENT, encode("SCRIPT", "LOAD", script))
    digest = hashlib.sha1(script.encode()).hexdigest()
    method, settled = talk.client(f"EVALSHA {digest} 1 s g 1-1")
    assert method.data["opaque"] and settled.data["opaque"] and settled.order == method.order == ORDERS[0]
    talk.broker(b"+x\r\n")
    (refused,) = talk.broker(b"-NOSCRIPT No matching script\r\n")
    assert refused.data["commit"] == settled.data["commit"]
    assert told(talk.client("EVAL redis.call('GET') 1 s g 1-1")) == [("method", None)]


def test_what_a_script_answers_has_been_seen():
    talk = Talk()
    talk.client("EVAL x 1 s g")
    seen = talk.broker(bulk(["1-1", ["a", "b", "body", ORDERS[0]]], ["1-2", ["body", ORDERS[1]]], [ORDERS[2]]))
    assert [(e.kind, e.order, e.pos["entry"], e.data["looked"]) for e in seen] == [
        ("delivered", ORDERS[0], "1-1", True), ("delivered", ORDERS[1], "1-2", True), ("delivered", ORDERS[2], ORDERS[2], True)]


def test_history_is_redelivered_and_deleted_entries_are_nothing():
    talk = Talk()
    given(talk, "1-1", "1-2")
    talk.client("XREADGROUP GROUP g c STREAMS s 0")
    seen = talk.broker(bulk(["s", [["1-1", None], ["1-2", ["body", ORDERS[1]]]]]))
    assert told(seen) == [("redelivered", ORDERS[1])]
    talk.client("XAUTOCLAIM s g d 5 0 JUSTID")
    (claimed,) = talk.broker(bulk("0-0", ["1-2"], ["1-1"]))
    assert (claimed.kind, claimed.order) == ("redelivered", ORDERS[1])
    assert (claimed.data["justid"], claimed.data["min_idle"]) == (True, 5)


def test_a_transaction_is_told_with_exec():
    talk = Talk()
    given(talk, "1-1")
    talk.clear()
    assert talk.client("MULTI", f"XADD dead * body {ORDERS[0]}", "XACK s g 1-1") == []
    seen = talk.client("EXEC")
    assert told(seen) == [("published", ORDERS[0]), ("acknowledged", ORDERS[0])] and all(each.data["tx"] for each in seen)
    assert talk.broker(OK, b"+QUEUED\r\n", b"+QUEUED\r\n") == []
    assert told(talk.broker(bulk("7-1", 1))) == [("confirmed", ORDERS[0])]


@pytest.mark.parametrize("answer", [b"*-1\r\n", b"-EXECABORT Transaction discarded\r\n"])
def test_a_transaction_that_came_to_nothing_is_withdrawn(answer):
    talk = Talk()
    given(talk, "1-1")
    talk.client("WATCH k", "MULTI", f"XADD dead * body {ORDERS[0]}", "XACK s g 1-1")
    seen = talk.client("EXEC")
    refused = talk.broker(OK, OK, b"+QUEUED\r\n", b"+QUEUED\r\n", answer)
    assert told(refused) == [("refused", ORDERS[0]), ("refused", None)]
    assert refused[1].data["commit"] == seen[1].data["commit"]


def test_discarded_and_refused_commands_leave_the_pairing_alone():
    talk = Talk()
    talk.client("MULTI", "NONSENSE", f"XADD s * a {ORDERS[0]}", "DISCARD", f"XADD s * a {ORDERS[1]}")
    seen = talk.broker(OK, b"-ERR unknown\r\n", b"+QUEUED\r\n", OK, b"$3\r\n1-1\r\n")
    assert told(seen) == [("confirmed", ORDERS[1])]


def test_messages_take_the_place_of_replies_in_resp2():
    talk = Talk()
    talk.client("LRANGE l 0 -1", "SUBSCRIBE a b", "PING")
    seen = talk.broker(bulk("message", "a", ORDERS[0]), bulk("subscribe", "a", 1), bulk("message", "a", ORDERS[1]),
                       bulk("subscribe", "b", 2), bulk("pong", ""))
    assert told(seen) == [("subscribed", None), ("delivered", ORDERS[1]), ("subscribed", None)]
    talk.client("UNSUBSCRIBE", f"XADD s * a {ORDERS[2]}")
    seen = talk.broker(bulk("unsubscribe", "b", 1), bulk("unsubscribe", "a", 0), b"$3\r\n1-1\r\n")
    assert told(seen) == [("cancelled", None), ("cancelled", None), ("confirmed", ORDERS[2])]
    talk.client("UNSUBSCRIBE", "PING")
    assert talk.broker(bulk("unsubscribe", None, 0), b"+PONG\r\n") == [] and not talk.decoder._session.calls


def test_pushes_come_between_the_replies_in_resp3():
    talk = Talk()
    talk.client("HELLO 3", "SUBSCRIBE a", f"XADD s * a {ORDERS[0]}")
    push = b">" + bulk("message", "a", ORDERS[1])[1:]
    seen = talk.broker(push, b"%1\r\n+proto\r\n:3\r\n", b">" + bulk("subscribe", "a", 1)[1:], push,
                       b">2\r\n+invalidate\r\n*1\r\n+k\r\n", b"$3\r\n1-1\r\n")
    assert told(seen) == [("delivered", ORDERS[1]), ("subscribed", None), ("delivered", ORDERS[1]), ("confirmed", ORDERS[0])]


def test_commands_that_are_not_answered():
    talk = Talk()
    talk.client("CLIENT REPLY SKIP", f"XADD s * a {ORDERS[0]}", "CLIENT REPLY OFF", f"XADD s * a {ORDERS[1]}", "PING",
                "CLIENT REPLY ON", f"XADD s * a {ORDERS[2]}")
    assert told(talk.broker(OK, b"$3\r\n1-3\r\n")) == [("confirmed", ORDERS[2])]


def test_reset_quit_and_monitor():
    talk = Talk()
    talk.client("HELLO 3", "MULTI", "RESET", f"XADD s * a {ORDERS[0]}")
    assert told(talk.broker(b"%0\r\n", OK, b"+RESET\r\n", b"$3\r\n1-1\r\n")) == [("confirmed", ORDERS[0])]
    talk.client("MONITOR")
    assert talk.broker(OK, b'+1700000000.123 [0 127.0.0.1:1] "PING"\r\n') == []
    (closed,) = talk.client("QUIT")
    assert (closed.kind, closed.data["by"], closed.data["scope"]) == ("closed", "client", "connection")
    assert talk.broker(OK) == [] and talk.decoder.lost("client", "dropped") == []


def test_a_replica_is_relayed_as_it_comes():
    talk = Talk()
    with pytest.raises(Undecodable, match="replica"):
        talk.client("PSYNC ? -1")


def test_no_password_is_told():
    talk = Talk()
    seen = talk.client("HELLO 3 AUTH user secret", "AUTH secret", "CONFIG SET requirepass secret") + talk.broker(
        b"-WRONGPASS x\r\n", b"-WRONGPASS x\r\n", OK)
    assert "secret" not in repr(seen)


# --- kept back

def drop(kind: str, order: str | None = None):
    return lambda seen: seen.kind == kind and (order is None or seen.order == order)


def test_a_swallowed_acknowledgement_is_believed_and_the_pairing_kept():
    talk = Talk(drop("acknowledged", ORDERS[0]))
    given(talk, "1-1", "1-2")
    talk.clear()
    talk.client("XACK s g 1-1", "XACK s g 1-2")
    assert talk.out[CLIENT] == encode("PING") + encode("XACK", "s", "g", "1-2")
    assert talk.broker(b"+PONG\r\n", b":1\r\n") == []
    assert talk.out[BROKER] == b":1\r\n:1\r\n"
    assert talk.decoder._session.book.of("s", "g", "c") == ["1-1"]


def test_a_swallowed_transaction_is_discarded_and_believed():
    talk = Talk(drop("acknowledged"))
    given(talk, "1-1", "1-2")
    talk.clear()
    talk.client("MULTI", "XACK s g 1-1 1-2", "XDEL s 1-1 1-2", "EXEC")
    assert talk.out[CLIENT].endswith(encode("DISCARD"))
    talk.broker(OK, b"+QUEUED\r\n", b"+QUEUED\r\n", OK)
    assert talk.out[BROKER].endswith(b"*2\r\n:2\r\n:2\r\n")


@pytest.mark.parametrize(("kind", "reaches_redis"), [("confirmed", True), ("published", False)])
def test_after_a_lost_answer_nothing_comes_back(kind, reaches_redis):
    talk = Talk(drop(kind, ORDERS[0]))
    talk.client(f"XADD s * a {ORDERS[0]}", "PING")
    assert (ORDERS[0].encode() in talk.out[CLIENT]) == reaches_redis
    talk.broker(b"$3\r\n1-1\r\n" if reaches_redis else b"+PONG\r\n", b"+PONG\r\n")
    assert talk.out[BROKER] == b""


def test_a_swallowed_message_is_just_missing():
    talk = Talk(drop("delivered", ORDERS[0]))
    talk.client("SUBSCRIBE a")
    talk.broker(bulk("subscribe", "a", 1))
    talk.clear()
    talk.broker(bulk("message", "a", ORDERS[0]), bulk("message", "a", ORDERS[1]))
    assert talk.out[BROKER] == bulk("message", "a", ORDERS[1])


# --- deleted

def test_trimming_names_the_orders_where_it_is_exact():
    talk = Talk()
    for i, order in enumerate(ORDERS[:4]):
        talk.client(f"XADD s * a {order}")
        talk.broker(b"$3\r\n1-%d\r\n" % (i + 1))
    assert told(talk.client("XDEL s 1-2")) == [("trimmed", ORDERS[1])]
    talk.broker(b":1\r\n")
    talk.client("XTRIM s MAXLEN 2")
    assert told(talk.broker(b":1\r\n")) == [("trimmed", ORDERS[0])]
    talk.client(f"XADD s MAXLEN = 1 * a {ORDERS[4]}")
    assert told(talk.broker(b"$3\r\n1-5\r\n")) == [("confirmed", ORDERS[4]), ("trimmed", ORDERS[2]), ("trimmed", ORDERS[3])]
    talk.client("DEL other", "UNLINK s")
    assert [e.data["queue"] for e in talk.client("FLUSHALL")] == ["s"]


def test_a_sorted_set_is_a_place_to_wait():
    """By the message itself, or by the id of an entry that still stands in its stream; scores and options are no members."""
    talk = Talk()
    given(talk, "1-1", "1-2")
    assert told(talk.client(f"ZADD later NX CH 12.5 {ORDERS[3]}")) == [("published", ORDERS[3])]
    assert told(talk.broker(b":1\r\n")) == [("confirmed", ORDERS[3])]
    assert told(talk.client("ZADD later 7 1-2 8 x")) == [("published", ORDERS[1])]
    assert told(talk.broker(b"-NOPERM no\r\n")) == [("refused", ORDERS[1])]
    talk.client("ZRANGEBYSCORE later -inf 9 WITHSCORES")
    seen = talk.broker(bulk(ORDERS[3], "12.5", "1-2", "7"))
    assert told(seen) == [("delivered", ORDERS[3])] and seen[0].data["looked"]


def test_a_script_that_puts_into_a_sorted_set_has_published():
    talk = Talk()
    seen = talk.say(CLIENT, encode("EVAL", "redis.call('ZADD', KEYS[1], 1, ARGV[1])", "1", "later", ORDERS[0]))
    assert ("published", ORDERS[0]) in told(seen)
