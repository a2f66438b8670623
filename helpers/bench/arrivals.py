"""What is amiss with a message that arrived: its body, and what should have gone with it. Pure functions."""

import json
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from helpers.bench.lab import Lab
from helpers.bench.stage import Arrived, body_of

_FIELDS = ("id", "n", "customer", "amount")


def amiss(message: Arrived, order: Mapping[str, Any], lab: Lab) -> Iterator[tuple[str, str]]:
    """(class of mistake, what was found) for each thing that is not as the lab asks."""
    if message.meta.get("unheard"):
        yield "publish-to-nobody", "nobody heard of it on CHANNEL, and it does not stand in MISSED"
    if "format" in order:
        fault = body_fault(message.body, order)
        if fault:
            yield "wrong-body", fault
    for expect in lab.expects:
        found = look_up(message.meta, expect.name)
        if found in (None, "", b""):
            yield "metadata-missing", f"{expect.name} is missing; it must be {expect.words}"
        elif expect.of is not None and _text(found) != _text(expect.of(order)):
            yield "metadata-wrong", f"{expect.name} is {_text(found)!r}; it must be {expect.words}: {_text(expect.of(order))!r}"
        elif expect.holds is not None and not expect.holds(found):
            yield "metadata-wrong", f"{expect.name} is {_text(found)!r}; it must be {expect.words}"


def dead_letter_faults(message: Arrived, order: Mapping[str, Any], malformed: Collection[str] = ()) -> Iterator[str]:
    """What a dead letter fails to say: why it is dead, after how many attempts, and the order itself, so that it can be put back.

    `reason` and `attempts` are looked for in the headers (RabbitMQ, Kafka) or among the fields (Redis). What was malformed from the
    beginning must be there as it came, and was perhaps never attempted.
    """
    headers = message.meta.get("headers")
    notes = headers if isinstance(headers, Mapping) else message.meta
    if not _text(notes.get("reason") or ""):
        yield "it does not say why: reason is missing"
    attempts = _text(notes.get("attempts") if notes.get("attempts") is not None else "")
    if not attempts.isdecimal() or (int(attempts) < 1 and order["id"] not in malformed):
        yield f"it does not say after how many attempts: attempts is {attempts!r}" if attempts else \
            "it does not say after how many attempts: attempts is missing"
    if order["id"] in malformed:
        if message.body != body_of(order, malformed):
            yield f"it is not what came: its body is {message.body[:60].decode('utf-8', 'replace')!r}"
    elif fault := body_fault(message.body, {**order, "format": "json"}):
        yield f"it cannot be put back: {fault}"


def look_up(meta: Mapping[str, Any], name: str) -> Any:
    """A value by its dotted name; None where it is not there."""
    value: Any = meta
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def body_fault(body: bytes, order: Mapping[str, Any]) -> str:
    """What is wrong with the body of an order whose `format` is "json" or "xml"; "" where nothing is.

    Every field of the order must be there: in JSON as a member of the object, in XML as an element or attribute of its name.
    """
    kind = order["format"]
    try:
        found = _json(body) if kind == "json" else _xml(body)
    except (ValueError, ElementTree.ParseError) as error:
        return f"its body is not {kind.upper()} ({error}): {body[:60].decode('utf-8', 'replace')!r}"
    for name in _FIELDS:
        if name not in found:
            return f"its {kind.upper()} body has no {name}"
        if not _same(found[name], order[name]):
            return f"its {kind.upper()} body says {name} {found[name]!r}, the order {order[name]!r}"
    return ""


def _json(body: bytes) -> Mapping[str, Any]:
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _xml(body: bytes) -> Mapping[str, Any]:
    root = ElementTree.fromstring(body)
    found: dict[str, Any] = {}
    for element in root.iter():
        found.update(element.attrib)
        found.setdefault(element.tag.rpartition("}")[2], (element.text or "").strip())
    return found


def _same(found: Any, asked: Any) -> bool:
    if isinstance(asked, (int, float)):
        try:
            return math.isclose(float(found), asked)
        except (TypeError, ValueError):
            return False
    return str(found) == str(asked)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
