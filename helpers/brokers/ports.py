"""Which ports are free, who holds the others, and which ones this clone uses."""

import random
import socket
from collections import deque
from collections.abc import Callable, Iterable

from helpers import paths

from . import settings
from .errors import PortTaken
from .process import command_line, held, sockets_of

SETTLED = "ports-settled"
LOWEST = 10_000
_kept: deque[socket.socket] = deque(maxlen=100)
"""Sockets that are bound and do not listen; the oldest is closed by the hundred and first."""


def free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1 at that port now (a listener on 0.0.0.0 counts as taken)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def any_free() -> int:
    """A port that nobody uses now, below those that the kernel hands to outgoing connections: one of these could take it
    before a server does. It stays this process's until the server listens: a node of RabbitMQ needs ten seconds for that,
    and who asks meanwhile, here or in another process, is given another one.
    """
    while True:
        port = random.SystemRandom().randrange(LOWEST, _first_ephemeral())
        keeper = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            keeper.bind(("127.0.0.1", port))
            # Bound without this, nobody else had the port; with it set now, a server (they all set it) may listen there.
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if free(port):
                _kept.append(keeper)
                return port
        except OSError:
            pass
        keeper.close()


def _first_ephemeral() -> int:
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
            first = int(file.read().split()[0])
    except (OSError, ValueError):
        first = 32768
    return first if first > 2 * LOWEST else 32768


def owner(port: int, likely: Iterable[int] = ()) -> int | None:
    """Pid of the process that listens on the port, `likely` ones looked at first; None where it cannot be seen (another
    user's process)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as lines:
                next(lines)
                for line in lines:
                    fields = line.split()
                    if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                        inodes.add(fields[9])
        except OSError:
            continue
    return sockets_of(inodes, likely) if inodes else None


def describe_owner(port: int) -> str:
    """`process 4711 (redis-server *:6379)`, or what can be said of it."""
    pid = owner(port)
    if pid is None:
        return "a process that cannot be seen from here (another user's, or a container's)"
    return f"process {pid} ({command_line(pid)[:120] or 'no command line'})"


def check(wanted: dict[str, int]) -> None:
    """Raise PortTaken for the first port that is not free, naming its holder and the setting."""
    for name, port in wanted.items():
        if not free(port):
            raise PortTaken(
                f"Port {port} is taken by {describe_owner(port)}. "
                f"Stop it, or set another {name} in {settings.env_file()}."
            )


def settle(names: Iterable[str], ours: Callable[[int], bool], say: Callable[[str], None]) -> None:
    """Once in a clone's life, move default ports that others hold to the next free ones and write them to `.env`.

    A port set by hand is never moved. `ours` tells whether a pid is one of this clone's brokers.
    """
    folder = paths.STATE / "brokers"
    if (folder / SETTLED).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder / "ports.lock"):
        if (folder / SETTLED).exists():
            return
        used = {settings.port(name) for name in settings.DEFAULT_PORTS}
        moved = {}
        for name in names:
            port = settings.port(name)
            if settings.chosen_by_hand(name) or free(port):
                continue
            pid = owner(port)
            if pid is not None and ours(pid):
                continue
            fresh = port + 1
            while fresh in used or not free(fresh):
                fresh += 1
            used.add(fresh)
            moved[name] = fresh
            say(f"port {port} is taken by {describe_owner(port)}; {name}={fresh} is written to {settings.env_file()}")
        if moved:
            settings.write(moved)
        (folder / SETTLED).write_text("Default ports were looked at once; later a taken port is an error.\n")
