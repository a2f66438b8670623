"""Lab 13: a producer and a consumer on RabbitMQ, persistent end to end."""

from helpers.bench.faults import Accepted, AfterAck, BeforeAck, BeforeConfirm, BeforePublish, Blackout, Charged, Kill, KillBroker
from helpers.bench.faults import Reset, SlowCharge
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="No order lost between shop and charge, on RabbitMQ",
    broker="rabbitmq",
    roles=("producer", "consumer"),
    orders=16,
    declares=True,
    scenarios=(
        Scenario(
            "both-killed",
            "the producer is killed right after a promise; the consumer after a charge, and again after an acknowledgement",
            (Kill("producer", Accepted(5)), Kill("consumer", Charged(4)), Kill("consumer", AfterAck(9))),
        ),
        Scenario(
            "cut-both-ways",
            "an order, a confirm and an acknowledgement are lost with their connections",
            (Blackout("producer", BeforePublish(7), 0.3), Reset("producer", BeforeConfirm(12)), Reset("consumer", BeforeAck(5))),
        ),
        Scenario(
            # While the first charge lasts, what has been promised waits in the queue.
            "broker-killed",
            "the broker is killed while orders wait in the queue, and comes back",
            (SlowCharge(1, 1.5), KillBroker(Accepted(8))),
        ),
    ),
    hints=(
        "Follow one order from the shop to its charge. At each step: where does it stand, what happens to it if that place dies "
        "now, and who may let go of it because somebody else has it?",
        "Three hand-overs. Producer to broker: confirms, and accept() only after the confirm. Broker to its disk: a durable "
        "queue and persistent messages. Broker to consumer: manual acknowledgement, after the charge. Each alone loses.",
        "Both programs: queue_declare(QUEUE, durable=True). Producer: channel.confirm_delivery(); basic_publish(\"\", QUEUE, "
        "body, pika.BasicProperties(delivery_mode=2), mandatory=True), and after it accept(order); let an error end the "
        "program, it is started again. Consumer: basic_consume without auto_ack; charge(order), then "
        "channel.basic_ack(method.delivery_tag).",
    ),
    usual="20 to 30 minutes",
    deadline=60.0,
)
