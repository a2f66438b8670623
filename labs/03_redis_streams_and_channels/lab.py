"""Lab 03: streams, consumer groups and channel patterns on Redis, examined by probes."""

from helpers.bench.exam.redis_wishes import (
    GroupSeesBacklog, GroupSeesOnlyNew, GroupsKeepTheirPlace, GroupWaits, ListensTwice, NothingElse, PatternReceives,
    PatternSkips, StreamCapped,
)
from helpers.bench.lab import Lab

LAB = Lab(
    title="Streams, groups and channel patterns on Redis",
    kind="topology",
    broker="redis",
    roles=("listener",),
    scenarios=(),
    given={
        "STREAM": "the key of the stream that keeps orders; some wait in it already",
        "RETURNS": "the key of a stream that is not there yet: nothing has been sent back so far",
        "BILLING": "the name of a consumer group on STREAM, and of one on RETURNS: it must miss nothing",
        "ALERTS": "the name of a consumer group on STREAM: it rings a bell for orders that come from now on",
        "SHOP": "the first word of every channel on which the shop announces something",
    },
    wishes=(
        ListensTwice(),
        GroupSeesBacklog("BILLING"),
        GroupSeesOnlyNew("ALERTS"),
        GroupWaits("BILLING", "RETURNS"),
        GroupsKeepTheirPlace(),
        NothingElse(),
        PatternReceives("order.created.{region}"),
        PatternReceives("order.created.{region}.express"),
        PatternReceives("order.cancelled.{region}"),
        PatternSkips("stock.low.{region}"),
        PatternSkips("reorder.created.{region}"),
        PatternReceives("order.paused"),
        StreamCapped(1_000, 1_200),
    ),
    hints=(
        "A group is a position in a stream. Where do you want each of the two groups on STREAM to stand when it is made: "
        "before the orders that wait there, or behind them?",
        "XGROUP CREATE takes the id after which the group begins: 0 is before everything, $ is behind everything. MKSTREAM "
        "makes the stream where there is none. The second time it answers BUSYGROUP, which is fine, and the only error that "
        "is. PSUBSCRIBE takes patterns, SUBSCRIBE does not; the first thing either sends you is a confirmation, not a "
        "message.",
        "xgroup_create(STREAM, BILLING, id=\"0\"), xgroup_create(STREAM, ALERTS, id=\"$\"), xgroup_create(RETURNS, BILLING, "
        "id=\"0\", mkstream=True), each in a try that passes over a ResponseError beginning with BUSYGROUP. Then "
        "psubscribe(f\"{SHOP}.order.*\"), take only messages of type pmessage, and xadd(STREAM, {…}, maxlen=1000, "
        "approximate=True).",
    ),
    usual="15 to 25 minutes",
)
