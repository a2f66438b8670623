"""What is found amiss with a message that arrived, and what is not."""

import pytest

from helpers.bench.arrivals import amiss, body_fault, dead_letter_faults, look_up
from helpers.bench.lab import Expect, Lab, since_1970
from helpers.bench.stage import Arrived, body_of

ORDER = {"id": "ord-2222222222", "n": 3, "customer": "Ben & Söhne", "amount": 42.5, "format": "xml"}
XML = "<order><id>ord-2222222222</id><n>3</n><customer>Ben &amp; Söhne</customer><amount>42.50</amount></order>"
JSON = '{"id": "ord-2222222222", "n": 3, "customer": "Ben & S\\u00f6hne", "amount": 42.5}'


@pytest.mark.parametrize("body", [
    XML.encode(),
    f"<?xml version='1.0' encoding='utf-16'?>{XML}".encode("utf-16"),
    XML.replace("<order>", '<o:order xmlns:o="urn:shop">').replace("</order>", "</o:order>").encode(),
    '<order id="ord-2222222222" n="3" customer="Ben &amp; Söhne" amount="42.5"/>'.encode(),
    f"<envelope>\n  {XML}\n</envelope>".encode(),
])
def test_xml_in_many_clothes(body):
    assert body_fault(body, ORDER) == ""


@pytest.mark.parametrize("body", [JSON.encode(), JSON.replace("42.5", '"42.50"').encode(), JSON.encode("utf-16"),
                                  JSON.replace("}", ', "note": "x"}').encode()])
def test_json_in_many_clothes(body):
    assert body_fault(body, {**ORDER, "format": "json"}) == ""


@pytest.mark.parametrize(("body", "format", "said"), [
    (XML, "json", "not JSON"), (JSON, "xml", "not XML"), (XML.replace("&amp;", "&"), "xml", "not XML"),
    (str(ORDER), "json", "not JSON"), ("[1]", "json", "not JSON"), ("", "json", "not JSON"), ("", "xml", "not XML"),
    (JSON.replace('"n": 3, ', ""), "json", "has no n"), (JSON.replace("42.5", "42.6"), "json", "amount"),
    (XML.replace("Söhne", "S&#246;ne"), "xml", "customer"),
])
def test_what_is_wrong_with_a_body(body, format, said):
    assert said in body_fault(body.encode(), {**ORDER, "format": format})


LAB = Lab(title="", broker="redis", roles=("producer",), scenarios=(), hints=("", "", ""), usual="", expects=(
    Expect("headers.type", "`order.placed`", lambda order: "order.placed"),
    Expect("version", "`1`", lambda order: 1),
    Expect("time", "whole seconds", holds=since_1970(1)),
))
META = {"headers": {"type": b"order.placed"}, "version": "1", "time": b"1764000000"}


def names(meta, order=ORDER, body=XML.encode()):
    return [name for name, _ in amiss(Arrived(order["id"], body, meta), order, LAB)]


def test_all_is_there():
    assert names(META) == []


@pytest.mark.parametrize(("more", "found"), [
    ({"headers": {}}, "metadata-missing"), ({"headers": "x"}, "metadata-missing"), ({"headers": {"type": b"placed"}}, "metadata-wrong"),
    ({"version": 2}, "metadata-wrong"), ({"version": b""}, "metadata-missing"), ({"version": None}, "metadata-missing"),
    ({"time": "1764000000000"}, "metadata-wrong"), ({"time": "2026-11-25"}, "metadata-wrong"), ({"time": None}, "metadata-missing"),
    ({"unheard": True}, "publish-to-nobody"),
])
def test_one_thing_is_amiss(more, found):
    assert names({**META, **more}) == [found]


def test_without_a_format_the_body_is_the_programs_own_affair():
    assert names(META, {k: v for k, v in ORDER.items() if k != "format"}, b"\x00") == []


def test_names_are_looked_up_through_the_headers():
    assert look_up({"headers": {"a.b": 1, "a": 2}}, "headers.a") == 2
    assert look_up({}, "headers.a") is None


LETTER = {"reason": b"no", "attempts": b"2"}


@pytest.mark.parametrize(("more", "body", "found"), [
    ({}, None, []), ({"reason": b""}, None, ["why"]), ({"attempts": b"0"}, None, ["attempts"]), ({"attempts": b"many"}, None, ["attempts"]),
    ({}, b"{}", ["put back"]),
])
def test_what_a_dead_letter_must_say(more, body, found):
    order = {k: v for k, v in ORDER.items() if k != "format"}
    faults = list(dead_letter_faults(Arrived(order["id"], body or body_of(order), {"headers": {**LETTER, **more}}), order))
    assert len(faults) == len(found) and all(word in fault for word, fault in zip(found, faults))


def test_a_malformed_order_must_be_there_as_it_came_and_was_perhaps_never_attempted():
    order = {k: v for k, v in ORDER.items() if k != "format"}
    came = body_of(order, {order["id"]})
    assert order["id"].encode() in came and len(came) < len(body_of(order))
    for body, faults in ((came, 0), (body_of(order), 1)):
        message = Arrived(order["id"], body, {"headers": {**LETTER, "attempts": b"0"}})
        assert len(list(dead_letter_faults(message, order, {order["id"]}))) == faults
