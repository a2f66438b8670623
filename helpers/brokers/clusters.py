"""Three nodes on this machine, started when asked and gone with their owner: a RabbitMQ cluster, a Kafka cluster.

Native only. One machine is one power supply and one disk: what is shown is the loss of a process, not of a machine.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

import psutil

from . import install, probes, tied
from .base import HOST, Program, Progress, silent
from .errors import BrokerError, StartFailed
from .ports import any_free
from .private_kafka import PrivateKafka
from .rabbitmq import Admin, RabbitMQ

NODES = (1, 2, 3)
_CLUSTER_CONF = """
# --- three nodes that know each other by name
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.target_cluster_size_hint = 3
"""


class RabbitMQNode:
    """One node: its own ports and data; the cookie and the port mapper are the cluster's."""

    host = HOST
    title = "RabbitMQ (cluster)"

    def __init__(self, broker: "RabbitMQCluster", number: int):
        self.name = f"workbook-{broker.tag}-{number}@localhost"
        self.ports = {"client": any_free(), "management": any_free(), "dist": any_free(), "epmd": broker.epmd_port}
        self._folder = broker.folder / str(number)
        self._process: subprocess.Popen | None = None
        (self._folder / "log").mkdir(parents=True)
        epmd, self._program = RabbitMQ().prepare(self._folder, self.ports, f"{broker.tag}-{number}")
        self.epmd: Program = epmd
        cookie = self._folder / ".erlang.cookie"
        cookie.write_text(broker.cookie)
        cookie.chmod(0o400)

    @property
    def port(self) -> int:
        return self.ports["client"]

    @property
    def url(self) -> str:
        return RabbitMQ().url(self.port)

    @property
    def alive(self) -> bool:
        """Whether it was started and not killed since."""
        return self._process is not None

    def join(self, names: list[str]) -> None:
        """Write down who belongs to the cluster, before the start."""
        with (self._folder / "rabbitmq.conf").open("a") as conf:
            conf.write(_CLUSTER_CONF + "".join(f"cluster_formation.classic_config.nodes.{n} = {name}\n" for n, name in
                                               enumerate(names, 1)))

    def start(self) -> None:
        self._process = _spawn(self._program, self._folder)

    def wait(self, end: float) -> None:
        """Until a message is confirmed there. Raises StartFailed."""
        while True:
            with contextlib.suppress(probes.NoAnswer):
                if probes.listens(self.port):
                    probes.amqp_confirmed(self.port, 5.0)
                    return
            if self._process is None or self._process.poll() is not None or time.monotonic() > end:
                raise StartFailed(f"RabbitMQ's node {self.name} did not start; {self._last_words()}")
            time.sleep(0.05)

    def _last_words(self) -> str:
        """How its process ended, and what it wrote last: the folder is gone with who started it."""
        status = self._process.poll() if self._process is not None else None
        said = [line for line in (self._folder / "start.log").read_text(errors="replace").splitlines() if line.strip()][-20:]
        ended = "it is still starting" if status is None else f"its process ended with {status}"
        return f"{ended}; its log, {self._folder / 'log'}, ends with\n" + "\n".join(said)

    def kill(self) -> None:
        """SIGKILL, and all that it started. No fault when it is gone."""
        if self._process is None:
            return
        family = [self._process]
        with contextlib.suppress(psutil.NoSuchProcess):
            family += psutil.Process(self._process.pid).children(recursive=True)
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                each.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None


class RabbitMQCluster:
    """Three nodes in `folder`, in one cluster; about 15 s and 400 MB. `nodes`: number -> RabbitMQNode.

    Raises StartFailed; NotInstalled where RabbitMQ is not native.
    """

    def __init__(self, folder: str | Path, progress: Progress | None = None):
        say, self.folder = progress or silent, Path(folder)
        self.tag, self.cookie, self.epmd_port = uuid.uuid4().hex[:6], secrets.token_hex(16), any_free()
        self.nodes = {number: RabbitMQNode(self, number) for number in NODES}
        self._epmd: subprocess.Popen | None = None
        began = time.monotonic()
        install.write_erl(install.debian().erlang)  # trees that were set up earlier have Debian's
        try:
            self._epmd = _spawn(self.nodes[1].epmd, self.folder)
            while not probes.listens(self.epmd_port):
                if self._epmd.poll() is not None or time.monotonic() > began + 10:
                    raise StartFailed(f"epmd did not start on port {self.epmd_port}; see {self.folder / 'start.log'}")
                time.sleep(0.01)
            for node in self.nodes.values():
                node.join([each.name for each in self.nodes.values()])
                node.start()
            for number, node in self.nodes.items():
                node.wait(began + 90)
                say(f"RabbitMQ node {number} is ready ({time.monotonic() - began:.0f} s)")
            self._until_all_are_members(began + 90)
        except BaseException:
            self.down()
            raise

    def url(self, number: int) -> str:
        return self.nodes[number].url

    def queue(self, name: str, ask: int | None = None) -> dict:
        """What the management API of a living node says of a queue. Raises BrokerError where there is none."""
        found = self._ask(ask or self.living()[0], f"/queues/%2F/{name}", time.monotonic() + 10)
        if not isinstance(found, dict):
            raise BrokerError(f"the cluster has no queue {name!r}")
        return found

    def leader(self, queue: str) -> int:
        """The number of the node on which a quorum queue's leader lives."""
        name = self.queue(queue).get("leader")
        return next(number for number, node in self.nodes.items() if node.name == name)

    def living(self) -> list[int]:
        return [number for number, node in self.nodes.items() if node.alive]

    def kill(self, number: int) -> None:
        """SIGKILL one node."""
        self.nodes[number].kill()

    def start(self, number: int) -> None:
        """Bring a killed node back, on its data; one that lives is left alone. Raises StartFailed."""
        if number not in self.living():
            self.nodes[number].start()
            self.nodes[number].wait(time.monotonic() + 60)

    def mend(self) -> None:
        """Bring back every node that is dead. Raises StartFailed."""
        for number in self.nodes:
            self.start(number)
        self._until_all_are_members(time.monotonic() + 60)

    def down(self) -> None:
        """Nothing of it is wanted any more. No fault when it is gone."""
        for node in self.nodes.values():
            node.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
            self._epmd = None

    def _until_all_are_members(self, end: float) -> None:
        while len([each for each in self._ask(self.living()[0], "/nodes", end) if each.get("running")]) < len(NODES):
            if time.monotonic() > end:
                raise StartFailed(f"RabbitMQ's three nodes did not find each other; see {self.folder}")
            time.sleep(0.1)

    def _ask(self, number: int, path: str, end: float) -> object:
        """A node's management API. While nodes come and go it answers 500 now and then: it asks the others, who are not there yet
        or any more. Raises BrokerError where that does not end."""
        admin = Admin(self.nodes[number])
        try:
            while True:
                try:
                    return admin.request("GET", path, allow=(404,))
                except BrokerError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.1)
        finally:
            admin.close()


class KafkaCluster:
    """Three brokers in `folder`, each a controller, too; a few seconds and about 1 GB. `nodes`: node.id -> PrivateKafka.

    Raises StartFailed; NotInstalled where Kafka is not native.
    """

    def __init__(self, folder: str | Path, progress: Progress | None = None):
        say, self.folder = progress or silent, Path(folder)
        controllers = {number: any_free() for number in NODES}
        voters = ",".join(f"{number}@{HOST}:{port}" for number, port in controllers.items())
        self.nodes: dict[int, PrivateKafka] = {}
        began = time.monotonic()
        try:
            for number, port in controllers.items():
                self.nodes[number] = PrivateKafka(
                    _formatted(self.folder / str(number), number), controller=port, wait=False, node_id=str(number),
                    controller_quorum_voters=voters, offsets_topic_replication_factor="3", default_replication_factor="3",
                    min_insync_replicas="2")
            for number, node in self.nodes.items():
                node.wait()
                say(f"Kafka broker {number} is ready ({time.monotonic() - began:.0f} s)")
            self.mend()
        except BaseException:
            self.down()
            raise

    @property
    def bootstrap(self) -> list[str]:
        return [node.bootstrap for node in self.nodes.values()]

    def kill(self, number: int) -> None:
        """SIGKILL one broker."""
        self.nodes[number].down()

    def pause(self, number: int) -> None:
        self.nodes[number].pause()

    def resume(self, number: int) -> None:
        self.nodes[number].resume()

    def living(self) -> list[int]:
        return [number for number, node in self.nodes.items() if node.pid is not None]

    def mend(self) -> None:
        """Bring back every broker that is dead, on its data, until all three can hold a replica. Raises StartFailed."""
        for number in set(self.nodes) - set(self.living()):
            self.nodes[number].start()
        end = time.monotonic() + 60
        while len(self._registered()) < len(self.nodes):
            if time.monotonic() > end:
                raise StartFailed(f"Kafka's three brokers did not find each other; see {self.folder}")
            time.sleep(0.1)

    def _registered(self) -> list:
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        try:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        except KafkaError:
            return []
        try:
            return admin.describe_cluster()["brokers"]
        except KafkaError:
            return []
        finally:
            admin.close()

    def down(self) -> None:
        """Nothing of it is wanted any more. No fault when it is gone."""
        for node in self.nodes.values():
            node.down()


def _formatted(folder: Path, number: int) -> Path:
    """A data folder like the template, that is this node's alone."""
    data = folder / "data"
    shutil.copytree(install.kafka() / "template", data)
    meta = data / "meta.properties"
    mine = {"node.id": str(number), "directory.id": urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")}
    lines = [line.partition("=") for line in meta.read_text().splitlines()]
    meta.write_text("".join(f"{key}{sep}{mine.get(key, value)}\n" for key, sep, value in lines))
    return folder


def _spawn(program: Program, folder: Path) -> subprocess.Popen:
    with (folder / "start.log").open("ab") as log:
        return subprocess.Popen(tied.to_me(program.argv), env=program.env, cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                                stderr=subprocess.STDOUT, start_new_session=True)
