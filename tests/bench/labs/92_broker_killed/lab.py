"""A lab for the bench's own tests: the broker is killed, a spare one."""

from helpers.bench.faults import AfterAck, KillBroker
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="The broker is killed",
    broker="rabbitmq",
    roles=("consumer",),
    orders=12,
    scenarios=(Scenario("kill-broker", "the broker is killed", (KillBroker(AfterAck(5)),)),),
    hints=("a", "b", "c"),
    usual="no time",
    deadline=60.0,
)
