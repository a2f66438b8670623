"""A lab for the bench's own tests: faults on a producer."""

from helpers.bench.faults import Accepted, BeforeConfirm, BeforePublish, Drop, Idle, Kill, Published, Reset, Silence, Unroutable
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Faults on a producer",
    broker="rabbitmq",
    roles=("producer",),
    orders=12,
    bindings=("order.eu", "order.us"),
    extra={"region": ("eu", "us")},
    scenarios=(
        Scenario("none", "nothing goes wrong"),
        Scenario("kill-published", "killed after it published", (Kill("producer", Published(5)),)),
        Scenario("kill-before-confirm", "killed before the confirm", (Kill("producer", BeforeConfirm(5)),)),
        Scenario("kill-accepted", "killed after its promise", (Kill("producer", Accepted(5)),)),
        Scenario("reset-before-publish", "cut on the way to the broker", (Reset("producer", BeforePublish(5)),)),
        Scenario("reset-before-confirm", "cut on the way back", (Reset("producer", BeforeConfirm(5)),)),
        Scenario("drop-confirm", "a confirm is lost, then the process is killed",
                 (Drop("confirmed", 5), Kill("producer", Idle()))),
        Scenario("silence", "nothing passes for a while", (Silence("producer", Published(5), 0.5),)),
        Scenario("silence-kill", "nothing passes for a while, and the process is killed",
                 (Silence("producer", Published(4), 1.0), Kill("producer", Accepted(8)))),
        Scenario("unroutable", "nothing is bound to the key of one order", (Unroutable(5, "region", "moon"),)),
    ),
    hints=("a", "b", "c"),
    usual="no time",
    deadline=20.0,
)
