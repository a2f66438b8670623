"""A Kafka on the learner's server.properties: what can be wished of it, and how it is started and probed.

Sources: Apache Kafka documentation, "Broker Configs", "KRaft"; Kafka protocol guide.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.bench.exam import guard
from helpers.bench.exam.config_wishes import LOOPBACK, ConfigWish, Seen, not_as_asked, unit_of
from helpers.bench.exam.private import Private, clean_env, started
from helpers.bench.exam.wish import Found
from helpers.brokers import BrokerError, install, kafka, probes
from helpers.brokers.base import HOST
from helpers.brokers.ports import any_free

if TYPE_CHECKING:  # reading Kafka's protocol takes a third of a second: not where only the lab's data are wanted
    from helpers.bench.kafka_link import Link

DEFAULT_PORT = 9092
_GROUP, _NO_GROUP = 30.0, 2.0
"""Seconds within which a group must have found its coordinator: Kafka makes fifty partitions first. The second is for a
replication factor that one node cannot serve."""
_MAKES = 10.0
"""Seconds within which a topic must have come into being where the settings say that it does."""
_PROBE = "bench.probe"
OVERLAY = """# --- the bench's own
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
"""


@dataclass(frozen=True)
class Advertised(ConfigWish):
    """A client is led back to the address at which it came in."""

    of = "kafka"

    @property
    def title(self) -> str:
        return "a client that comes in there is led to the same address"

    def look(self, seen: Seen) -> Found | None:
        host, port = seen.fact("advertised")
        if host in LOOPBACK and port == seen.fact("port"):
            return None
        return Found("advertised-elsewhere", f"A client that came in at 127.0.0.1:{seen.fact('port')} was told to go on to "
                                             f"{host}:{port}.",
                     (*seen.written(r"advertised\.listeners"), f"Metadata: broker 1 at {host}:{port}"))


@dataclass(frozen=True)
class Retention(ConfigWish):
    """Topics keep records for so long unless they say otherwise."""

    ms: int
    words: str
    of = "kafka"

    @property
    def title(self) -> str:
        return f"a topic keeps records for {self.words}, unless it says otherwise"

    def look(self, seen: Seen) -> Found | None:
        there = int(seen.fact("retention.ms"))
        if there == self.ms:
            return None
        proof = [*seen.written(r"log\.retention\.(hours|minutes|ms)"), f"DescribeConfigs: retention.ms={there} for a new topic"]
        told = f"A new topic keeps records for {_span(there)}; asked were {self.words}."
        steps = ((1e3, "seconds"), (6e4, "minutes"), (3.6e6, "hours"), (8.64e7, "days"),  # in log.retention.ms
                 (24, "days"), (1 / 60, "minutes"),  # in log.retention.hours
                 (1440, "days"), (60, "hours"))  # in log.retention.minutes
        if seen.written(r"log\.retention\.(hours|minutes|ms)") and unit_of(there, self.ms, steps):
            return Found("wrong-unit", told, tuple(proof))
        return not_as_asked(seen, "log.retention.hours", told, proof)


@dataclass(frozen=True)
class Partitions(ConfigWish):
    """A topic that is created without saying how many partitions gets so many."""

    count: int
    of = "kafka"

    @property
    def title(self) -> str:
        return f"a topic gets {self.count} partitions, unless it says otherwise"

    def look(self, seen: Seen) -> Found | None:
        there = seen.fact("partitions")
        if there == self.count:
            return None
        return not_as_asked(seen, "num.partitions", f"A new topic got {there} partition{'s' * (there != 1)}; asked were "
                                                    f"{self.count}.",
                            (*seen.written(r"num\.partitions"), "Metadata: partitions of a topic created with the default: "
                                                                f"{there}"))


@dataclass(frozen=True)
class NoTopicByAccident(ConfigWish):
    """Nobody creates a topic by misspelling its name."""

    of = "kafka"

    @property
    def title(self) -> str:
        return "no topic comes into being because a client misspells its name"

    def look(self, seen: Seen) -> Found | None:
        if not seen.fact("auto-created"):
            return None
        return not_as_asked(seen, "auto.create.topics.enable", "A client asked for a topic that was not there, and Kafka made "
                                                               "it.",
                            (*seen.written(r"auto\.create\.topics\.enable"),
                             f"DescribeConfigs: auto.create.topics.enable={seen.value('auto.create.topics.enable')}"))


@dataclass(frozen=True)
class GroupsWork(ConfigWish):
    """A consumer group finds its coordinator on this one node."""

    of = "kafka"

    @property
    def title(self) -> str:
        return "a consumer group works on this one node"

    def look(self, seen: Seen) -> Found | None:
        if seen.fact("group"):
            return None
        factor = seen.value("offsets.topic.replication.factor")
        return Found("group-without-coordinator", f"A consumer group got no coordinator: __consumer_offsets wants {factor} "
                     "replicas, and there is one node.", (*seen.written(r"offsets\.topic\.replication\.factor"),
                                            f"FindCoordinator: {seen.fact('group said')}",
                                            f"DescribeConfigs: offsets.topic.replication.factor={factor}"))


class KafkaOnFile:
    """Starts it and probes it. `close` stops it; its data are removed."""

    def __init__(self, folder: Path, asked: int):
        self._private, self._asked = Private(folder), asked

    def examine(self, text: str) -> Seen:
        """Raises BrokerError, OSError."""
        # Kafka passes over what it does not know, so nothing of that needs to reach it.
        guarded = guard.guard(text, guard.split_kafka, guard.KAFKA, lambda key: True)
        seen = Seen("Kafka", guarded)
        seen.addresses = _addresses(guarded.last("listeners"))
        wanted = seen.addresses[0][1]

        def start(port: int) -> None:
            self._port = port
            self._write(guarded, wanted)
            self._start()

        said, note = started(start, self._private.clear, self._asked, wanted)
        seen.notes += [note] if note else []
        if said:
            seen.refusal = _why(said)
            return seen
        self._probe(seen)
        return seen

    def close(self) -> None:
        self._private.stop()
        shutil.rmtree(self._private.folder / "data", ignore_errors=True)

    def _write(self, guarded: guard.Guarded, wanted: int) -> None:
        folder = self._private.folder
        data, controller = folder / "data", any_free()
        if not data.exists():
            shutil.copytree(install.kafka() / "template", data)
        kafka.write_config(folder, data, {"client": self._port, "controller": controller}, folder / "kafka.log")
        told = guarded.last("advertised.listeners")
        host, port = _addresses(told)[0] if told else (HOST, wanted)
        port = self._port if port == wanted else port
        overlay = OVERLAY + kafka.OVERLAY.format(client=self._port, controller=controller, data=data)
        overlay += f"advertised.listeners=PLAINTEXT://{host}:{port}\n"
        (folder / "server.properties").write_text(guarded.text + overlay)

    def _start(self) -> None:
        folder = self._private.folder
        archive = install.kafka() / "classes.jsa"
        extra = [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off,cds+dynamic=off"] if archive.exists() else []
        argv = kafka.command(folder, install.kafka(), "kafka.Kafka", str(folder / "server.properties"), extra=extra)

        def answers() -> bool:
            try:
                probes.kafka_answers(self._port, 1.0)
            except probes.NoAnswer:
                return False
            return True

        def said() -> str:
            log = folder / "kafka.log"
            return log.read_text(errors="replace") if log.exists() else self._private.output.read_text(errors="replace")

        self._private.start(argv, clean_env(folder))
        self._private.wait(self._port, answers, said, "Kafka")

    def _probe(self, seen: Seen) -> None:
        """Over one connection of our own: whatever Kafka advertises, the bench stays where it is."""
        from kafka.protocol.metadata import MetadataRequest

        from helpers.bench.kafka_link import Link

        def metadata(topic: str, make: bool):
            asked = MetadataRequest.MetadataRequestTopic(name=topic)
            return link.ask(MetadataRequest[7](topics=[asked], allow_auto_topic_creation=make))

        with Link(HOST, self._port) as link:
            told = metadata(_PROBE, False)
            seen.facts["port"] = self._port
            seen.facts["advertised"] = (told.brokers[0].host, told.brokers[0].port)
            seen.values = _describe(link, 4, "1")
            written = {line.key for line in seen.file.lines}
            seen.facts["unknown"] = frozenset(written - set(seen.values) - _NOT_TOLD)
            link.create_topic(_PROBE, -1)
            seen.facts["retention.ms"] = _describe(link, 2, _PROBE)["retention.ms"]
            seen.facts["partitions"] = len(metadata(_PROBE, False).topics[0].partitions)
            seen.facts["auto-created"] = self._makes_topics(lambda: metadata(f"{_PROBE}.misspelt", True).topics[0].error_code,
                                                            seen.values["auto.create.topics.enable"] == "true")
            possible = seen.values["offsets.topic.replication.factor"] == "1"
            seen.facts["group"], seen.facts["group said"] = _coordinator(link, _GROUP if possible else _NO_GROUP)

    def _makes_topics(self, ask: Callable[[], int], expected: bool) -> bool:
        """Whether a topic comes into being because a client asks for it: some requests after the first one it is there."""
        end = time.monotonic() + (_MAKES if expected else 0)
        while code := ask():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True


_NOT_TOLD = {"log.dir", "log.dirs", "broker.id"}
"""Settings that DescribeConfigs may leave out."""


def _describe(link: "Link", kind: int, name: str) -> dict[str, str]:
    """Every setting of a broker (4) or a topic (2), as text."""
    from kafka.protocol.admin import DescribeConfigsRequest, DescribeConfigsResponse

    resource = DescribeConfigsRequest.DescribeConfigsResource(resource_type=kind, resource_name=name, configuration_keys=None)
    request = DescribeConfigsRequest[1](resources=[resource], include_synonyms=False)
    answer = DescribeConfigsResponse.decode(memoryview(link.ask_for_bytes(request)), version=1)
    return {config.name: str(config.value) for result in answer.results for config in result.configs}


def _coordinator(link: "Link", patience: float) -> tuple[bool, str]:
    """Whether a group has found one, and the last answer. The first request makes Kafka create __consumer_offsets."""
    from kafka.protocol.metadata import FindCoordinatorRequest

    from helpers.wire.kafka_api import error_name

    end = time.monotonic() + patience
    while True:
        code = link.ask(FindCoordinatorRequest[1](key="bench", key_type=0)).error_code
        if not code or time.monotonic() > end:
            return not code, error_name(code) if code else "found"
        time.sleep(0.1)


def _addresses(line: guard.Line | None) -> list[tuple[str, int]]:
    """Of the listeners that are not the controller's; Kafka's default without a line."""
    found = []
    for part in line.value.split(",") if line else ():
        name, _, address = part.strip().partition("://")
        host, _, port = address.rpartition(":")
        if "CONTROLLER" not in name.upper() and port.isdigit():
            found.append((host or "0.0.0.0", int(port)))
    return found or [("0.0.0.0", DEFAULT_PORT)]


def _span(ms: int) -> str:
    for step, unit in ((86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes"), (1_000, "seconds")):
        if ms >= step:
            return f"{ms / step:.3g} {unit}"
    return "ever" if ms < 0 else f"{ms} ms"


def _why(log: str) -> str:
    """What it could not read. Raises BrokerError where it ended for another reason."""
    lines = [line.strip() for line in log.splitlines()]
    told = [line for line in lines if "Exception: " in line]
    if not any(word in line for line in told for word in ("ConfigException", "IllegalArgumentException")):
        raise BrokerError("Kafka ended while it started: " + " ".join(told[:1] or lines[-3:]))
    return told[0]
