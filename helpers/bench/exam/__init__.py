"""Labs in which nothing is charged: what the learner's program or file has set up is examined, wish by wish."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.bench.lab import Lab
    from helpers.bench.program import Command
    from helpers.bench.report import Report

_CLIENTS = ("pika", "redis", "kafka")


async def examine(lab: "Lab", commands: "Mapping[str, Command]", report: "Report", folder: Path,
                  tell: Callable[[dict], None], only: Sequence[str] = ()) -> None:
    """Examine what stands there when the learner's program has run, or when a broker runs on the learner's file.

    `only`: in labs of several files, the roles whose files are examined. Fills the report in: broker, wishes, findings,
    programs, verdict and reason. Nothing is left running. Raises BrokerError, OSError where a broker or the bench fails.
    """
    from helpers.brokers import BrokerError

    report.kind = lab.kind
    try:
        if lab.kind == "configure":
            from helpers.bench.exam import configure

            await configure.examine(lab, commands, report, folder, tell, only)
        else:
            from helpers.bench.exam import topology

            await topology.examine(lab, commands, report, folder, tell)
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] in _CLIENTS:  # the bench's own client got no answer, or another one
            raise BrokerError(f"{type(fault).__name__}: {fault}") from fault
        raise
