"""Mistakes of programs that write into a database of their own: the inbox, the outbox, and what people take for them."""

from helpers.bench.mistake import Mistake

_ALL = ("rabbitmq", "kafka", "redis")
_16 = ("16_effectively_once",)
_18 = ("18_outbox",)

INBOX: tuple[Mistake, ...] = (
    Mistake(
        "wrong-row", "a row that is not the order's", "cause", _ALL, (*_16, *_18),
        "What your program wrote for {orders} is not what was ordered.",
        "Write the order's own id and amount, as they stand in the message.",
        "the table is read at the end",
        "A row under another id, or with another amount, is a customer who pays for something else.",
    ),
    Mistake(
        "no-row", "commit nothing", "cause", _ALL, (*_16, *_18),
        "Your program took {orders} for done, and no row was ever committed to the table in SHOP_DB.",
        "Commit before you acknowledge or send (`with db:` does it at its end), and write to the file that SHOP_DB names.",
        "any run",
        "Python's sqlite3 opens a transaction at the first INSERT and leaves it to you to commit. What was not committed is "
        "seen by nobody else, and is rolled back when the process ends.",
        ("commit forgotten", "another database file"),
    ),
    Mistake(
        "row-erased", "take a row away again", "cause", _ALL, _16,
        "Your program had committed the row of {orders}, and it is gone again.",
        "Make tables with CREATE TABLE IF NOT EXISTS, and delete no row that stands for something that was done.",
        "the program is started again",
        "What a program does at its start it does after each crash, too. DROP TABLE there empties the books.",
        ("DROP TABLE at the start", "REPLACE under a key that is not the order's"),
    ),
    Mistake(
        "no-dedupe", "do it again each time it comes", "cause", _ALL, _16,
        "{orders} came more than once, and your program wrote a row each time.",
        "Give the order's id a unique key (an inbox table, or the effect's own), and write in the transaction that "
        "enters it there.",
        "some orders are sent twice",
        "At least once means that an order may come again: after a crash, after a lost acknowledgement, from a "
        "producer that missed "
        "a confirm. INSERT OR IGNORE ignores nothing where no key is unique, and neither a delivery tag, an offset nor a fresh "
        "UUID knows a second copy of the order.",
        ("INSERT OR IGNORE without a unique key", "a key that goes with the delivery"),
    ),
    Mistake(
        "dedupe-in-memory", "remember in memory", "cause", _ALL, _16,
        "Your program knew a copy as long as it lived. After the kill it had forgotten, and wrote a second row for {orders}.",
        "Keep the ids where the effect is kept, and write both in one transaction.",
        "killed, then a copy of an order that was done before",
        "A set of ids lives as long as the process. The copies that matter come after a crash.",
        ("a set of seen ids", "lru_cache"),
    ),
    Mistake(
        "dedupe-not-atomic", "effect first, mark later", "cause", _ALL, _16,
        "Your program wrote the row of {orders}, and was killed before it had noted that. It came again, and was written again.",
        "Put the mark and the effect into one transaction: one commit for both.",
        "killed between the effect and the mark",
        "Two commits are two moments, and a crash fits between them. In this order the effect is doubled, in the other "
        "it is lost.",
        ("two commits", "inbox in another database", "mark after the acknowledgement", "check, then write"),
    ),
    Mistake(
        "dedupe-mark-first", "mark first, effect later", "cause", _ALL, _16,
        "Your program had noted {orders} as done, and was killed before the row was written. It came again, and was "
        "taken for a copy.",
        "Put the mark and the effect into one transaction: one commit for both.",
        "killed between the mark and the effect",
        "A mark that is committed before its effect turns the redelivery, which would have mended the crash, into a loss.",
        ("two commits", "SET NX in Redis before the work"),
    ),
    Mistake(
        "dedupe-by-latest", "remember only the latest", "cause", _ALL, _16,
        "{orders} came after an order with a greater number; your program took {it/them} for done and let go of {it/them}.",
        "Remember each id. A high-water mark is right only where nothing can overtake.",
        "orders come out of order",
        "Retries, redeliveries and several producers mix the order of messages. \"Not newer than the last one\" is then no sign "
        "of a copy.",
        ("high-water mark", "sequence number greater than the last"),
    ),
    Mistake(
        "dedupe-window", "forget too soon", "cause", _ALL, _16,
        "Your program knew early copies, and had forgotten {orders} when a late one came: it wrote a second row.",
        "Keep a mark for as long as a copy can come: longer than the longest retry, redrive or replay. A unique key on "
        "the effect "
        "itself never forgets.",
        "a late copy",
        "Inboxes are pruned, caches have a size. A dead letter that is put back after the weekend is older than either.",
        ("the last N ids", "a TTL on the marks", "a Bloom filter that is renewed"),
    ),
    Mistake(
        "upsert-adds", "an upsert that adds", "cause", _ALL, _16,
        "{orders} came again, and your upsert added the amount to the row that was there: the customer pays twice in one row.",
        "Set the value (`DO UPDATE SET amount = excluded.amount`, or DO NOTHING); an increment needs an inbox before it.",
        "some orders are sent twice",
        "An upsert is idempotent where it sets, not where it counts up. Balances, stock and totals are changed by the "
        "message, not "
        "by its row.",
        ("amount = amount + excluded.amount",),
    ),
    Mistake(
        "no-outbox", "two writes where there should be one", "cause", _ALL, _18,
        "Your program died between the row of {orders} and the event, and nothing in the database says that the other "
        "half is missing.",
        "Write the event into an outbox table, in the transaction that writes the row. Send what stands there, and "
        "mark it when the "
        "broker has confirmed it.",
        "killed after the commit; killed after the event was confirmed",
        "A database and a broker have no common transaction. Commit first, and a crash leaves a row that nobody hears "
        "of; send first, "
        "and it leaves an event of something that never was. Sending inside the transaction is sending first.",
        ("commit, then publish", "publish, then commit", "publish inside the transaction", "an outbox in memory",
         "an outbox in another database", "a relay that starts at the end"),
    ),
    Mistake(
        "outbox-mark-before-confirm", "marked as sent before it was", "cause", _ALL, _18,
        "Your program took {orders} for sent before the broker had confirmed {it/them}. The event got lost on its way, "
        "and was not sent again.",
        "Mark or delete the outbox row only after basic_publish has returned on a channel with confirm_delivery().",
        "the connection is cut while an event is on its way",
        "The mark is the relay's acknowledgement. Given before the confirm, it turns a broken connection into a loss; "
        "given after it, "
        "a crash in between sends the event twice, which a consumer with an inbox can bear.",
        ("mark, then publish", "delete, then publish", "the exception of basic_publish is swallowed"),
    ),
)
