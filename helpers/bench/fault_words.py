"""Faults in words, for those who read a report and not the code."""

from helpers.bench import faults as f

_MOMENTS = {
    f.BeforePublish: "while the {nth} order that it sends is on its way, which never arrives",
    f.Published: "when the {nth} order that it sends has reached the broker, before an answer",
    f.Sending: "while the {nth} order that it sends is on its way, which does not get through",
    f.BeforeConfirm: "before it hears that the broker has its {nth} order",
    f.Accepted: "right after its {nth} promise",
    f.Delivered: "when the {nth} order has reached it",
    f.Charged: "right after its {nth} charge, before it hears of it",
    f.Charging: "while it waits for its {nth} charge, which never comes about",
    f.LetGo: "as it lets go of its {nth} order",
    f.AckedUndone: "when its {nth} order, or a later one, is acknowledged and no effect is to be seen",
    f.BeforeAck: "while its {nth} acknowledgement is on its way, which never arrives",
    f.AfterAck: "right after its {nth} acknowledgement",
    f.Committed: "right after the commit of its {nth} order",
    f.Point: "at the point {name} of its {nth} order",
    f.Idle: "when nothing moves any more",
}


def tell(fault: f.Fault) -> str:
    """One line, without a full stop."""
    when = getattr(fault, "when", None)
    moment = _MOMENTS[type(when)].format(**vars(when), nth=_nth(getattr(when, "n", 0))) if when is not None else ""
    match fault:
        case f.Kill(role=role):
            return f"the {role} is killed {moment}"
        case f.KillWorker(role=role):
            return f"the processes that the {role} has started are killed {moment}"
        case f.KillBroker():
            return f"the broker is killed {moment.replace('its', 'the').replace('it sends', 'is sent')}"
        case f.Pause(target=target, seconds=seconds):
            return f"the {target} stands still for {seconds:g} s {moment}"
        case f.Reset(role=role) | f.Cut(role=role):
            return f"the {role} is cut off {moment}"
        case f.Blackout(role=role, seconds=seconds):
            return f"nothing of the {role}'s gets through for {seconds:g} s, then it is cut off, {moment}"
        case f.Silence(role=role, seconds=seconds):
            return f"nothing of the {role}'s gets through for {seconds:g} s {moment}"
        case f.Drop(kind=kind, n=n):
            return f"what says that the {_nth(n)} order is {kind} is lost"
        case f.Join(role=role):
            return f"a second {role} joins {moment}"
        case f.Leave(role=role):
            return f"the {role} is asked to end {moment}"
        case f.Zombie(role=role):
            return f"the {role} is taken for dead {moment}, and comes back"
        case f.HangUp():
            return f"the listener on the channel goes away {moment}"
        case f.FailCharge(order=order, times=times):
            often = {f.FOR_EVER: "at every attempt", 1: "at the first attempt"}.get(times, f"at the first {times} attempts")
            return f"the shop is away (503) {often} for the {_nth(order)} order that is tried"
        case f.Poison(order=order):
            return f"the shop refuses (422) the {_nth(order)} order that is tried"
        case f.SlowCharge(order=order, seconds=seconds):
            return f"the shop takes {seconds:g} s for the {_nth(order)} order that is tried"
        case f.Malformed(n=n):
            return f"order {n} stands there cut off in the middle"
        case f.TooLarge(n=n):
            return f"order {n} is larger than the broker takes"
        case f.Unroutable(n=n):
            return f"the broker has no place for order {n}"
    return str(fault)


def _nth(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
