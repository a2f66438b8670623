"""A consumer on Redis whose server is killed, or stands still; only the tests' own programs meet it."""

from helpers.bench.faults import AfterAck, BeforeAck, Charged, Drop, Kill, KillBroker, Pause, Reset
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Redis under every fault", broker="redis", roles=("consumer",), orders=12, peer=2, usual="never",
    hints=("Which?", "One.", "All."), redis_options={"appendonly": "yes", "appendfsync": "always"},
    scenarios=(
        Scenario("none", "nothing"),
        Scenario("broker-killed", "the server is killed", (KillBroker(Charged(5)),)),
        Scenario("broker-paused", "the server stands still", (Pause("broker", Charged(5), 0.3),)),
        Scenario("kill-before-ack", "killed, and the acknowledgement never arrives", (Kill("consumer", BeforeAck(5)),)),
        Scenario("ack-lost", "an acknowledgement is lost, and believed", (Drop("acknowledged", 5), Kill("consumer", AfterAck(9)))),
        Scenario("reset", "the connection is cut", (Reset("consumer", Charged(5)),)),
    ),
)
