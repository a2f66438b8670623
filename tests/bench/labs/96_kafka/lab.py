"""A lab for the bench's own tests: one scenario for each kind of fault on a consumer on Kafka."""

from helpers.bench.faults import AfterAck, BeforeAck, Charged, Drop, Idle, Join, Kill, Leave, Pause, Reset
from helpers.bench.lab import Lab, Scenario

MOMENTS = {"charged": Charged(5), "before-ack": BeforeAck(5), "after-ack": AfterAck(5), "idle": Idle()}

LAB = Lab(
    title="Faults on a consumer on Kafka",
    broker="kafka",
    roles=("consumer",),
    orders=12,
    scenarios=(
        Scenario("none", "nothing goes wrong"),
        *(Scenario(f"kill-{name}", f"killed: {name}", (Kill("consumer", when),)) for name, when in MOMENTS.items()),
        Scenario("reset", "the connections are reset", (Reset("consumer", Charged(5)),)),
        Scenario("pause", "the program stands still", (Pause("consumer", AfterAck(5), 0.5),)),
        Scenario("drop-ack", "a commit is lost", (Drop("acknowledged", 5),)),
        Scenario("join-and-leave", "a second process joins, the first one leaves",
                 (Join("consumer", Charged(2)), Leave("consumer", AfterAck(6)))),
    ),
    hints=("a", "b", "c"),
    usual="no time",
    deadline=30.0,
)
