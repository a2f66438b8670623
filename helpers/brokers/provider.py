"""Which provider runs the brokers here: chosen once, kept, said; BROKERS=native|compose decides by hand."""

from helpers import paths

from . import host, ports, settings
from .base import Broker, Progress, Server
from .errors import BrokerError
from .native import NativeServer

PROVIDERS = ("native", "compose")


def choice_file():
    """Where the provider first chosen is kept."""
    return paths.STATE / "brokers" / "provider"


def chosen() -> str:
    """`native` or `compose`: by hand, else as chosen before, else native on Debian, else compose where an engine runs, else
    native (with the distribution's own packages)."""
    by_hand = settings.get("BROKERS")
    if by_hand:
        if by_hand not in PROVIDERS:
            raise BrokerError(f"BROKERS={by_hand} is unknown. Set native or compose.")
        return by_hand
    try:
        before = choice_file().read_text().strip()
        if before in PROVIDERS:
            return before
    except OSError:
        pass
    return "native" if is_debian() else "compose" if engine_runs() else "native"


def is_debian() -> bool:
    """Whether this machine is a Debian (not merely one of its children)."""
    return host.this().name == "debian"


def engine_runs() -> bool:
    """Whether a Docker engine with compose answers."""
    from .compose import engine_fault

    return engine_fault() is None


def keep(name: str) -> None:
    """Remember the provider for the next time."""
    choice_file().parent.mkdir(parents=True, exist_ok=True)
    choice_file().write_text(name + "\n")


def server(broker: Broker, instance: str) -> Server:
    """The server under the chosen provider."""
    if chosen() == "compose":
        from .compose import ComposeServer

        return ComposeServer(broker, instance)
    return NativeServer(broker, instance)


def tidy() -> None:
    """What stays when every server is down: the containers that were killed, and the network between them."""
    if chosen() == "compose":
        from .compose import compose

        compose("down")


def settle(say: Progress) -> None:
    """Before the first start: move default ports that strangers hold, and keep the provider."""
    name = chosen()
    if not choice_file().exists():
        keep(name)
        say(f"brokers run {'as plain processes (native)' if name == 'native' else 'in containers (compose)'}; "
            "BROKERS=native|compose in .env decides otherwise")  # fmt: skip
    names = [setting for setting in settings.DEFAULT_PORTS if setting != "JUPYTER_PORT"]
    ports.settle(names, ours, say)


def ours(pid: int) -> bool:
    """Whether a pid belongs to one of this clone's servers."""
    from . import our_pids

    return pid in our_pids()
