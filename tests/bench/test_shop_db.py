"""The shop's database, watched: what is committed is journaled once, before what the program did next."""

import sqlite3

import pytest

from helpers.bench.shop_db import ShopDB, sequence
from helpers.wire.events import Journal

ORDERS = [{"id": "a", "n": 1, "amount": 10.1}, {"id": "b", "n": 2, "amount": 20.0}]


@pytest.fixture
def shop(tmp_path):
    journal = Journal()
    shop = ShopDB(tmp_path / "shop.db", "payments", journal, "consumer", ORDERS)
    yield shop, journal, sqlite3.connect(tmp_path / "shop.db")
    shop.close()


def told(journal: Journal) -> list[tuple[str, str | None]]:
    return [(e.kind, e.order) for e in journal.events]


def pay(db: sqlite3.Connection, order: str, amount: float) -> None:
    db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order, amount))


def test_a_row_counts_when_it_is_committed(shop):
    shop, journal, db = shop
    pay(db, "a", 10.1)
    shop.look()
    assert told(journal) == []
    db.commit()
    shop.look(), shop.look()
    assert told(journal) == [("charged", "a")]


def test_a_commit_stands_before_what_the_program_did_next(shop):
    shop, journal, db = shop
    journal.before = shop.look
    pay(db, "a", 10.1), db.commit()
    journal.record("tap", "consumer", "acknowledged", "a")
    assert told(journal) == [("charged", "a"), ("acknowledged", "a")]


def test_a_second_row_and_a_row_gone(shop):
    shop, journal, db = shop
    pay(db, "a", 10.1), pay(db, "a", 10.1), db.commit(), shop.look()
    db.execute("DELETE FROM payments"), db.commit(), shop.look()
    assert told(journal) == [("charged", "a")] * 2 + [("erased", "a")] * 2


def test_replaced_in_one_step_is_nothing_new(shop):
    shop, journal, db = shop
    db.execute("CREATE UNIQUE INDEX one ON payments (order_id)")
    pay(db, "a", 10.1), db.commit(), shop.look()
    db.execute("INSERT OR REPLACE INTO payments VALUES ('a', 10.1)"), db.commit(), shop.look()
    assert told(journal) == [("charged", "a")]


def test_an_amount_that_is_raised_by_the_order_s_own(shop):
    shop, journal, db = shop
    pay(db, "a", 10.1), db.commit(), shop.look()
    db.execute("UPDATE payments SET amount = amount + 10.1"), db.commit(), shop.look()
    shop.last_look()
    assert told(journal) == [("charged", "a")] * 2 and journal.events[1].data["raised"]


def test_an_amount_that_is_set_later_is_one_charge(shop):
    shop, journal, db = shop
    pay(db, "a", 0), db.commit(), shop.look()
    db.execute("UPDATE payments SET amount = 10.1"), db.commit(), shop.look()
    shop.last_look()
    assert told(journal) == [("charged", "a")]


def test_a_wrong_amount_and_an_unknown_id(shop):
    shop, journal, db = shop
    pay(db, "a", 9), pay(db, 2, 20.0), db.commit()
    shop.last_look()
    assert told(journal) == [("charged", "a"), ("charged", "2"), ("row", "a")]
    assert journal.events[1].data["known"] is False


def test_a_writer_does_not_make_the_bench_wait_nor_the_bench_a_writer(shop):
    shop, journal, db = shop
    db.execute("PRAGMA busy_timeout = 0")
    db.execute("BEGIN EXCLUSIVE")
    pay(db, "a", 10.1)
    shop.look()
    assert told(journal) == []
    db.commit(), shop.look()
    assert told(journal) == [("charged", "a")]


def test_what_cannot_be_read_at_the_end_is_told(shop):
    shop, journal, db = shop
    db.execute("DROP TABLE payments"), db.commit()
    shop.last_look()
    assert "payments" in shop.trouble


def test_the_order_in_which_they_are_sent():
    assert [o["id"] for o in sequence(ORDERS, (2, 1, 2))] == ["b", "a", "b"]
    assert [o["id"] for o in sequence(ORDERS, ())] == ["a", "b"]


def test_where_the_row_is_the_promise_it_must_stand_there_once(tmp_path):
    journal = Journal()
    shop = ShopDB(tmp_path / "shop.db", "orders", journal, "producer", ORDERS, "accepted")
    db = sqlite3.connect(tmp_path / "shop.db")
    db.executemany("INSERT INTO orders VALUES (?, ?)", [("a", 10.1), ("a", 10.1), ("b", 40.0), ("x", 1.0)]), db.commit()
    shop.last_look(), shop.close()
    assert [e.data["amiss"] for e in journal.events if e.kind == "row"] == [
        "It stands there 2 times.", "The row says amount 40, the order 20.", "No order has this id."]
