"""Which broker a lab plays on, and the stage that goes with it."""

import importlib
import random
from collections.abc import Callable

from helpers import brokers
from helpers.bench.faults import KillBroker
from helpers.bench.lab import Lab, Scenario
from helpers.bench.stage import Stage
from helpers.brokers.base import Server

_STAGES = {
    "rabbitmq": ("helpers.bench.stage_rabbitmq", "RabbitMQStage"),
    "kafka": ("helpers.bench.stage_kafka", "KafkaStage"),
    "redis": ("helpers.bench.stage_redis", "RedisStage"),
}
URL_VARIABLES = {"rabbitmq": "AMQP_URL", "kafka": "KAFKA_BOOTSTRAP", "redis": "REDIS_URL"}
_PRIVATE = {"redis"}
"""Brokers of which each run has a server of its own."""


def address_of(lab: Lab) -> str:
    """The name under which the lab's programs are given the broker's address, as told to the learner."""
    return "{url}" if lab.own else URL_VARIABLES[lab.broker]


def beside(lab: Lab) -> bool:
    """Whether the next scenario's stage can be made while another is in use: not where a name belongs to the whole broker."""
    return not (lab.own and lab.broker == "kafka" and (lab.own.place or lab.own.group))


def on_spare(lab: Lab, scenario: Scenario) -> bool:
    """Whether the scenario kills a broker that others use, too: then it plays on the spare one."""
    kills = any(isinstance(fault, KillBroker) or getattr(fault, "target", "") == "broker" for fault in scenario.faults)
    return kills and lab.broker not in _PRIVATE


def serve(lab: Lab, spare: bool, note: Callable[[str], None]) -> Server | None:
    """The shared server, started where it was not and swept of what dead runs left in it; None where each scenario has its
    own. Raises BrokerError."""
    if lab.broker in _PRIVATE:
        return None
    server = brokers.server(lab.broker, "spare" if spare else "main")
    if not server.running():
        note(f"starting {server.title}")
    server.up(note)
    module, _ = _STAGES[lab.broker]
    importlib.import_module(module).remove_leftovers(server)
    return server


def make(lab: Lab, server: Server | None, rng: random.Random) -> Stage:
    """A stage for one scenario, not opened yet."""
    module, name = _STAGES[lab.broker]
    module = module.replace("helpers.bench.", "helpers.bench.own.") if lab.own else module
    return getattr(importlib.import_module(module), name)(lab, server, rng)
