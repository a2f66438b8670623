"""Start, stop, kill and look into the three brokers. Knows nothing of labs."""

import importlib
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from .base import Broker, Progress, Server, Status, silent
from .errors import BrokerError, NotInstalled, NotRunning, PortTaken, StartFailed

__all__ = [
    "NAMES", "BrokerError", "NotInstalled", "NotRunning", "PortTaken", "Server", "StartFailed", "Status",
    "down", "every_server", "our_pids", "redis_private", "server", "status", "up",
]  # fmt: skip

NAMES = ("rabbitmq", "kafka", "redis")
_CLASSES = {"rabbitmq": "RabbitMQ", "kafka": "Kafka", "redis": "Redis"}


def description(name: str) -> Broker:
    """The description of a broker. Raises BrokerError for an unknown name."""
    if name not in NAMES:
        raise BrokerError(f"There is no broker {name!r}, only: {', '.join(NAMES)}.")
    return getattr(importlib.import_module(f".{name}", __name__), _CLASSES[name])()


def server(name: str, instance: str = "main") -> Server:
    """A server by name: the shared one, or the spare that a lab may kill (`instance="spare"`; RabbitMQ and Kafka)."""
    from . import provider

    return provider.server(description(name), instance)


def every_server() -> list[Server]:
    """Every server that this clone knows, spares included."""
    return [server(name, instance) for name in NAMES for instance in description(name).port_settings]


def _one_at_a_time(progress: Progress | None) -> Progress:
    lock = threading.Lock()

    def say(text: str) -> None:
        with lock:
            progress(text)

    return say if progress else silent


def up(names: Iterable[str] | None = None, progress: Progress | None = None) -> None:
    """Start brokers side by side (all by default) and wait for a first confirmed message on each.

    Raises the first BrokerError; the others are brought up all the same.
    """
    from . import provider

    say = _one_at_a_time(progress)
    wanted = [server(name) for name in (names or NAMES)]
    provider.settle(say)
    faults: dict[str, BaseException] = {}

    def start(each: Server) -> None:
        try:
            each.up(say)
        except BaseException as fault:
            faults[each.name] = fault

    # daemon threads: an interrupt ends the waiting at once (the servers go on starting, as daemons of their own)
    runs = [threading.Thread(target=start, args=(each,), daemon=True) for each in wanted]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    for each in wanted:
        if each.name in faults:
            raise faults[each.name]


def down(names: Iterable[str] | None = None, progress: Progress | None = None) -> None:
    """Stop brokers side by side, their spares too; without names all that this clone started."""
    from . import provider

    say = _one_at_a_time(progress)
    wanted = [each for each in every_server() if names is None or each.name in set(names)]

    def stop(each: Server) -> None:
        if each.running() or each.pids():
            say(f"{each.title}: stopping")
            each.down()
            say(f"{each.title} is down")

    with ThreadPoolExecutor(len(wanted)) as pool:
        list(pool.map(stop, wanted))
    if names is None:
        provider.tidy()


def status(ask: bool = True) -> list[Status]:
    """The shared servers as they are found now, and those spares that run; `ask`: see Server.status."""
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda each: each.status(ask), every_server()))
    return [each for each in found if each.instance == "main" or each.state != "stopped"]


def our_pids() -> set[int]:
    """Every process of every instance, read from pid files and checked to be ours; whatever the settings say now."""
    from .native import NativeServer

    found = (NativeServer(description(name), instance) for name in NAMES for instance in description(name).port_settings)
    return {pid for each in found for pid in each.pids()}


def redis_private(folder, **options):
    """A Redis of one's own on a free port: see `helpers.brokers.redis.Private`."""
    from .redis import Private

    return Private(folder, **options)
