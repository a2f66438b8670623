"""The spare brokers, borrowed by a lesson for one cell: they may be killed and paused, one borrower at a time."""

import contextlib
import fcntl
import random
import subprocess
from collections.abc import Iterator

from helpers import brokers, paths
from helpers.brokers import rabbitmq, tools
from helpers.brokers.base import Server

_WATERMARK = ("set_vm_memory_high_watermark", "absolute", "400MiB")
"""As config/rabbitmq.conf has it."""


@contextlib.contextmanager
def spare(name: str) -> Iterator["Borrowed"]:
    """`with spare("rabbitmq") as broker:` starts it if it is down; labs that use it wait meanwhile.

    At the end it runs again, and what was made on it is gone. Raises brokers.BrokerError.
    """
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with (paths.STATE / f"spare-{name}.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for a check that uses the spare broker", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        server = brokers.server(name, "spare")
        server.up()
        borrowed = Borrowed(server)
        try:
            yield borrowed
        finally:
            borrowed.give_back()


class Borrowed:
    """A spare broker in hand. `url` is what a client takes; for RabbitMQ it names a virtual host of its own."""

    def __init__(self, server: Server):
        self.server = server
        self._vhost = f"lesson-{random.randrange(10**9)}"
        self._topics: list[str] = []
        self._watermark = False
        if server.name == "rabbitmq":
            _create_vhost(server, self._vhost)
            self.url = server.url(vhost=self._vhost)
        else:
            self.url = server.url()

    def topic(self, what: str, partitions: int = 1) -> str:
        """A fresh topic on the spare Kafka; its name."""
        from kafka.admin import KafkaAdminClient, NewTopic

        name = f"{what}-{random.randrange(10**9)}"
        admin = KafkaAdminClient(bootstrap_servers=self.url)
        admin.create_topics([NewTopic(name, partitions, 1)])
        admin.close()
        self._topics.append(name)
        return name

    def kill(self) -> None:
        """kill -9."""
        self.server.kill()

    def up(self) -> None:
        """Start it again; returns when it has confirmed a message."""
        self.server.up()

    def pause(self) -> None:
        """kill -STOP: connections stay open, and nobody answers."""
        self.server.pause()

    def resume(self) -> None:
        """kill -CONT."""
        self.server.resume()

    def ctl(self, *arguments: str) -> str:
        """rabbitmqctl against the spare; what it printed. Raises brokers.BrokerError with what it said."""
        argv, env = tools.command("rabbitmqctl", "--quiet", *arguments)
        env |= {
            "RABBITMQ_NODENAME": "workbook-spare@localhost", "ERL_EPMD_PORT": str(self.server.ports["epmd"]),
            "HOME": str(self.server.folder), "RABBITMQ_CONF_ENV_FILE": str(self.server.folder / "rabbitmq-env.conf"),
        }
        self._watermark |= arguments[0] == _WATERMARK[0]
        done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        if done.returncode:
            raise brokers.BrokerError(f"rabbitmqctl {' '.join(arguments)}: {done.stderr.strip()[-400:]}")
        return done.stdout

    def give_back(self) -> None:
        """As it was found: running, and empty of ours."""
        self.server.up()
        if self._watermark:
            self.ctl(*_WATERMARK)
        if self.server.name == "rabbitmq":
            _delete_vhost(self.server, self._vhost)
        elif self._topics:
            from kafka.admin import KafkaAdminClient

            admin = KafkaAdminClient(bootstrap_servers=self.url)
            admin.delete_topics(self._topics)
            admin.close()


def _create_vhost(server: Server, name: str) -> None:
    admin = rabbitmq.Admin(server)
    admin.create_vhost(name)
    admin.close()


def _delete_vhost(server: Server, name: str) -> None:
    admin = rabbitmq.Admin(server)
    admin.delete_vhost(name)
    admin.close()
