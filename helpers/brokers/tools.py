"""The brokers' own command lines, run beside the server that the workbook started: `python -m helpers.brokers.tools rabbitmqctl status`.

Natively they lie in the shared cache and need an environment; in compose they lie in the container.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from . import install, kafka, provider
from .base import HOST, Server
from .errors import BrokerError

RABBITMQ = ("rabbitmqctl", "rabbitmq-diagnostics", "rabbitmq-plugins", "rabbitmq-queues")
REDIS = ("redis-cli",)
KAFKA = {
    "kafka-configs": "kafka.admin.ConfigCommand", "kafka-storage": "kafka.tools.StorageTool",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
}
"""Tool -> the Java class that its shell script starts (Kafka distribution, bin/)."""
NATIVE_KAFKA = ("kafka-configs", "kafka-storage")
"""Those whose classes are in the jars that the native broker runs on; the others are in kafka-tools."""
_NOISE = ("=ESOCK WARNING", "[UNIX-ESSIO]")


def available() -> tuple[str, ...]:
    """The tools that can be run under the provider in use."""
    return RABBITMQ + REDIS + (NATIVE_KAFKA if provider.chosen() == "native" else tuple(KAFKA))


def command(tool: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command and the environment in which it finds its server. Raises BrokerError for a tool that is not there."""
    from . import server

    if tool not in available():
        raise BrokerError(f"{tool} is not here; there are: {', '.join(available())}")
    name = "redis" if tool in REDIS else "rabbitmq" if tool in RABBITMQ else "kafka"
    if provider.chosen() == "compose":
        from .compose import FILE

        inside = f"/opt/kafka/bin/{tool}.sh" if name == "kafka" else tool
        return ["docker", "compose", "-f", str(FILE), "exec", "-T", name, inside, *arguments], dict(os.environ)
    return {"redis": _redis, "rabbitmq": _rabbitmq, "kafka": _kafka}[name](server(name), tool, arguments)


def run(tool: str, *arguments: str, timeout: float = 60) -> str:
    """Run a tool to its end; what it printed, its errors too. Raises BrokerError when it fails or takes too long."""
    argv, env = command(tool, *arguments)
    try:
        done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BrokerError(f"{tool} took longer than {timeout:.0f} s; is its broker well?") from None
    said = "\n".join(line for line in done.stdout.splitlines() if not line.startswith(_NOISE)).strip("\n")
    if done.returncode:
        raise BrokerError(f"{tool} ended with {done.returncode}:\n{said[:1500]}")
    return said


def _redis(server: Server, tool: str, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    return [str(install.debian().redis_server.parent / tool), "-h", HOST, "-p", str(server.port), *arguments], dict(os.environ)


def _rabbitmq(server: Server, tool: str, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """It reaches the node as an Erlang node of its own: by the node's name, the cookie in HOME, and epmd's port."""
    debian = install.debian()
    env = {
        "RABBITMQ_NODENAME": "workbook@localhost", "RABBITMQ_CONF_ENV_FILE": str(server.folder / "rabbitmq-env.conf"),
        "ERL_EPMD_PORT": str(server.ports["epmd"]), "ERL_EPMD_ADDRESS": HOST, "HOME": str(server.folder),
        "PATH": f"{install.debian_folder(debian.suite) / 'bin'}:{debian.root / 'usr/bin'}:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    return [str(debian.rabbitmq_home / "sbin" / tool), *arguments], env


def _kafka(server: Server, tool: str, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    return kafka.command(server.folder, install.kafka(), KAFKA[tool], *arguments), {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage: python -m helpers.brokers.tools TOOL [ARGUMENT…]\ntools: {', '.join(available())}")
    try:
        argv_, env_ = command(*sys.argv[1:])
    except BrokerError as fault:
        sys.exit(str(fault))
    os.execvpe(argv_[0], argv_, env_)
