"""Examines configuration files: starts a broker of the bench's own from each, side by side, probes it, asks each wish."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from helpers.bench.exam import config_kafka, config_rabbitmq, config_redis, outcome
from helpers.bench.exam.config_wishes import Listens, Seen
from helpers.bench.exam.wish import listed
from helpers.bench.lab import Lab
from helpers.bench.program import Command
from helpers.bench.report import ProgramRecord, Report, ScenarioRecord
from helpers.brokers import install, pins, provider
from helpers.brokers.errors import NotInstalled

LIMIT = 256 * 1024
"""Bytes that a configuration file may have."""
TITLES = {"rabbitmq": "RabbitMQ", "kafka": "Kafka", "redis": "Redis"}


class OnFile(Protocol):
    """A broker on a learner's file; both methods block."""

    def examine(self, text: str) -> Seen: ...

    def close(self) -> None: ...


async def examine(lab: Lab, commands: Mapping[str, Command], report: Report, folder: Path, tell: Callable[[dict], None],
                  only: Sequence[str]) -> None:
    """Fills the report in. `only`: names of the lab's scenarios, which are roles. Raises BrokerError, OSError."""
    roles = [role for role in lab.roles if role in only]
    report.broker = {"name": roles[0] if len(roles) == 1 else "all", "title": listed(TITLES[role] for role in roles),
                     "version": _versions(roles), "provider": "native"}
    brokers = {role: _broker(lab, role, folder / role) for role in roles}
    report.programs = [ProgramRecord(role, str(commands[role].file)) for role in roles]
    title = f"started from {', '.join(lab.file(role) for role in roles)}"
    tell({"type": "scenario", "name": "start", "title": title, "index": 0, "of": 1})
    try:
        work = [asyncio.to_thread(broker.examine, _read(commands[role].file)) for role, broker in brokers.items()]
        results = await asyncio.gather(*work, return_exceptions=True)
    finally:
        await asyncio.gather(*(asyncio.to_thread(broker.close) for broker in brokers.values()))
    for fault in results:
        if isinstance(fault, BaseException):
            raise fault
    for role, seen in zip(brokers, results, strict=True):
        begin = len(report.wishes)
        _conclude(lab, role, seen, report)
        failed = any(wish.ok is False for wish in report.wishes[begin:])
        title = next(s.title for s in lab.scenarios if s.name == role)
        report.scenarios.append(ScenarioRecord(role, title, "fail" if failed else "pass", "", 0.0, 0, 0, 0, 0, 0))
    report.verdict = outcome.verdict(report)
    report.reason = outcome.reason(report)
    tell({"type": "scenario-end", "name": "start", "verdict": report.verdict, "reason": report.reason})


def _versions(roles: Sequence[str]) -> str:
    """Of the brokers, in the order of `roles`. Raises NotInstalled where the brokers run in containers only."""
    try:
        versions = install.debian().versions
        install.kafka()
        numbers = {"rabbitmq": versions.get("rabbitmq-server", ""), "kafka": pins.versions()["lines"]["kafka"],
                   "redis": versions.get("redis-server", "")}
        return ", ".join(re.split(r"[-+~]", numbers[role].split(":")[-1])[0] for role in roles)
    except NotInstalled as fault:
        how = " The brokers run in containers here (compose)." if provider.chosen() == "compose" else ""
        raise NotInstalled(f"This lab starts brokers from your files, and needs them as plain programs (native).{how} "
                           f"{fault}") from fault


def _broker(lab: Lab, role: str, folder: Path) -> OnFile:
    wishes = [wish for wish in lab.wishes if wish.of == role]
    asked = next(wish.port for wish in wishes if isinstance(wish, Listens))
    if role == "kafka":
        return config_kafka.KafkaOnFile(folder, asked)
    if role == "redis":
        password = next((w.password for w in wishes if isinstance(w, config_redis.Password)), "")
        return config_redis.RedisOnFile(folder, asked, password)
    user = next(w for w in wishes if isinstance(w, config_rabbitmq.User))
    return config_rabbitmq.RabbitMQOnFile(folder, asked, user.user, user.password)


def _read(file: Path) -> str:
    """The learner's file; what is no UTF-8 is shown as �. Raises OSError."""
    data = file.read_bytes()
    if len(data) > LIMIT:
        raise OSError(f"{file} has {len(data) >> 10} KB; a configuration file may have {LIMIT >> 10}")
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _conclude(lab: Lab, role: str, seen: Seen, report: Report) -> None:
    begin = len(report.wishes)
    outcome.ask([wish for wish in lab.wishes if wish.of == role], seen, report)
    for kept in report.wishes[begin:]:
        kept.of = lab.file(role)
    report.notes += seen.notes
    if held := _held(seen, [key for wish in lab.wishes if wish.of == role and isinstance(wish, Listens) for key in wish.keys]):
        report.notes.append(f"{lab.file(role)}: not passed on to {seen.title}: {held}. The bench sets address, folders and log "
                            "itself.")


def _held(seen: Seen, answered: Sequence[str]) -> str:
    """What was held back, but for addresses, of which a wish tells, and for what the broker does not know."""
    unknown: Any = seen.facts.get("unknown", ())
    names = [line.key or f"line {line.number}" for line in seen.file.held
             if line.key not in unknown and not any(re.fullmatch(key, line.key) for key in answered)]
    return ", ".join(dict.fromkeys(names))
