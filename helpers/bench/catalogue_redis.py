"""Mistakes of consumers on Redis."""

from helpers.bench.mistake import Mistake

_REDIS = ("redis",)
_09 = ("09_redis_consumer",)
_09_12 = (*_09, "12_redis_retry")
_03 = ("03_redis_streams_and_channels",)
_15 = ("15_redis_no_loss",)
_22 = ("22_redis_capstone",)

REDIS: tuple[Mistake, ...] = (
    Mistake(
        "xack-before-work", "acknowledge before work, on Redis", "cause", _REDIS, (*_09, *_15, *_22),
        "Your program sent XACK for {orders} before {it/they} {was/were} charged. Redis had taken {it/them} off the list of "
        "pending entries when the work came to nothing.",
        "Charge first, XACK after.",
        "killed right after an acknowledgement",
        "XACK takes an entry off the group's list of pending entries. It still stands in the stream, but the group never "
        "gives it to anybody again: said before the effect, every crash in between is a loss.",
        ("XACK of a whole batch before it is worked through",),
    ),
    Mistake(
        "noack", "read with NOACK", "cause", _REDIS, (*_09, *_15),
        "You read with NOACK: Redis put {orders} on no list of pending entries when {it/they} {was/were} sent to you. "
        "{It/They} had not been charged when your program ended.",
        "Leave NOACK out, and send XACK after the charge.",
        "killed after the charge: what was read and not yet charged is gone",
        "With NOACK an entry counts as acknowledged the moment it is sent. What a killed process had in hand nobody gets "
        "again.",
    ),
    Mistake(
        "delconsumer-discards", "delete a consumer with pending entries", "cause", _REDIS, _09,
        "Your program deleted a consumer (XGROUP DELCONSUMER) that had {orders} pending: the group has forgotten {it/them}.",
        "Claim what a consumer has pending (XAUTOCLAIM) and see it through before you delete the consumer.",
        "a peer that never comes back",
        "XGROUP DELCONSUMER removes the consumer together with its pending entries. They were delivered, so they are not "
        "new; they are pending nowhere, so nobody can claim them. XINFO CONSUMERS shows what a consumer still has pending.",
        ("cleaning up consumers at start",),
    ),
    Mistake(
        "trim-unread", "delete what is not done", "cause", _REDIS, (*_03, *_09),
        "Your program deleted {orders} from the stream before {it/they} {was/were} charged.",
        "XDEL only after the charge and the XACK; trim only what every group has acknowledged.",
        "killed after the charge; entries still unread",
        "A pending entry that was deleted is a number without a message: whoever claims it gets nothing. XTRIM and MAXLEN "
        "do not ask whether an entry was read.",
        ("XDEL before the work", "XTRIM on a schedule", "DEL of the stream", "MAXLEN too small"),
    ),
    Mistake(
        "pending-thrown-away", "take pending for done", "cause", _REDIS, _09,
        "{orders} {was/were} pending from before, and your program acknowledged {it/them} without charging. {It/They} had been "
        "delivered, but never done.",
        "Treat a pending entry as \"may have been done\": charge it, with an idempotency key where a second charge must "
        "not be.",
        "killed after the charge; a peer that never comes back",
        "Pending says that an entry was given to somebody and not acknowledged. It says nothing of what became of it.",
        ("acknowledging all pending entries at start", "skipping what was delivered more than once"),
    ),
    Mistake(
        "xack-never", "never acknowledge, on Redis", "cause", _REDIS, (*_09_12, *_15),
        "Nothing was left to do for {orders}, and your program never acknowledged {it/them}: Redis still holds {it/them} "
        "pending, for whoever claims {it/them} next.",
        "Send XACK after the charge, and also when you give an order up for good.",
        "entries are pending at the end",
        "The list of pending entries grows for ever, and everything on it is done again after a restart or a claim. XACK "
        "answers how many entries it took off the list: 0 means that stream, group or id was not right.",
        ("XACK with a wrong stream, group or id", "only XDEL", "a refused order stays pending"),
    ),
    Mistake(
        "pending-never-reread", "never read pending entries again", "cause", _REDIS, (*_09_12, *_15, *_22),
        "{orders} {was/were} pending when your program was killed. Started again, it never took {it/them} up.",
        "After a start read your own pending entries first (XREADGROUP with id 0), or claim what has been idle (XAUTOCLAIM).",
        "killed after the charge, then started again",
        "Redis gives nothing back by itself: an entry that was read and not acknowledged stays pending with its consumer "
        "until that consumer asks for it by an id other than `>`, or somebody claims it.",
        ("only `>` is read", "a new consumer name at each start, and no claim"),
    ),
    Mistake(
        "peer-never-claims", "leave a dead peer's entries pending", "cause", _REDIS, _09_12,
        "A peer in your group had read {orders} and never came back. Your program left {it/them} pending there.",
        "Claim what has been idle for longer than any work takes: XAUTOCLAIM, now and then, and once when you start.",
        "a peer that never comes back",
        "Reading one's own pending entries again covers one's own crash. When a process never comes back, its entries wait "
        "until another consumer claims them: Redis has no time-out that does it.",
    ),
    Mistake(
        "claim-too-early", "claim what is being worked on", "cause", _REDIS, _09_12,
        "Your program took {orders} up again while somebody was still at work on {it/them}: {it/they} {was/were} charged twice.",
        "Give XAUTOCLAIM a min-idle-time that is longer than the longest work takes.",
        "a second process joins while one charge is slow",
        "Idle is the time since an entry was delivered, and nothing else: Redis does not know whether its consumer is dead or "
        "busy. A min-idle-time below the time of the work takes entries from the living.",
        ("min-idle-time 0", "reading one's own pending entries again while threads are at work on them"),
    ),
    Mistake(
        "no-delivery-cap", "claim a poisonous entry for ever", "cause", _REDIS, _09_12,
        "The shop refused {orders} for good (422); your program left {it/them} pending and took {it/them} up again and again.",
        "Give up what can never succeed: put it into a stream of dead letters, then XACK. Cap the deliveries (XPENDING counts "
        "them).",
        "one order is refused for ever",
        "Redis counts the deliveries of a pending entry and does nothing about it: there is no delivery limit and no "
        "dead-letter exchange.",
    ),
    Mistake(
        "other-group", "read outside the group", "cause", _REDIS, _09,
        "Your program read {orders} outside its group: there {it/they} {is/are} still to be done, and whoever reads in the group "
        "will do {it/them} again.",
        "Read with XREADGROUP and the name in GROUP, and acknowledge under the same name.",
        "orders are left in the group at the end",
        "A stream keeps every entry, and each group its own account of them. What is read in another group, or with XREAD, is "
        "neither delivered nor acknowledged in this one.",
        ("a group of its own", "XREAD with the last id kept somewhere", "XRANGE"),
    ),
    Mistake(
        "group-from-dollar", "create the group behind the backlog", "cause", _REDIS, (*_03, *_09),
        "Your program let a group begin at `$`: {orders} had come before, and {was/were} never delivered.",
        "Create a group from 0 where it must see the backlog, and leave a group that is there as it is.",
        "orders that came before the program",
        "`$` means \"what comes from now on\". It suits a live display, not work: whatever came before the group was made is "
        "never delivered to it.",
        ("XGROUP SETID $", "XGROUP DESTROY, then CREATE $"),
    ),
    Mistake(
        "shared-consumer-name", "two processes under one name", "remark", _REDIS, _09,
        "Two processes of your program read in the group under the same consumer name: what one of them has in hand, the other "
        "finds among its own pending entries.",
        "Give each process a name of its own that it keeps when it is started again (CONSUMER).",
        "a second process joins while one charge is slow",
        "A consumer of a group is a name. Two processes that share it share one list of pending entries, and whoever starts "
        "reads the other's work in hand again: charged twice, for nothing.",
        ("the consumer's name written into the program",),
    ),
    Mistake(
        "list-pop-loses", "pop, then work", "cause", _REDIS, (*_15,),
        "Your program popped {orders} off the list: from then on {it/they} stood nowhere but in your process, which ended "
        "before {it/they} {was/were} charged.",
        "Move it to a list of work in hand (BLMOVE), and remove it there after the charge (LREM); or use a stream with a "
        "group.",
        "killed after the charge",
        "LPOP and BLPOP take a message out when they hand it over. There is no acknowledgement, and nothing to claim.",
        ("BLPOP", "BRPOP", "LPOP in a loop"),
    ),
    Mistake(
        "pubsub-as-queue", "Pub/Sub for work", "cause", _REDIS, (*_15,),
        "{orders} came over a channel, which keeps nothing: {it/they} had not been charged when your program ended.",
        "Use a stream with a group where work must not get lost; Pub/Sub where only those who listen now are meant.",
        "killed after the charge; nobody listens for a while",
        "PUBLISH hands a message to those who are subscribed at that moment, and keeps no copy.",
    ),
)
