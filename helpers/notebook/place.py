"""A lesson's own place in the three brokers: made by its first cell, taken away by its last, or when the kernel ends."""

import atexit
import contextlib
import json
import random
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython

from helpers import brokers as world
from helpers import paths
from helpers.brokers import owners, probes, provider, rabbitmq
from helpers.brokers.clusters import KafkaCluster, RabbitMQCluster
from helpers.brokers.errors import BrokerError
from helpers.brokers.owners import owner_lives, owner_tag
from helpers.brokers.private_kafka import PrivateKafka
from helpers.brokers.redis import Private

_open: dict[str, "Place"] = {}


def lesson(name: str) -> "Place":
    """The lesson's place; brokers that are down are started first. Called again it is the same one, until `close`.

    Raises BrokerError, whose text says what to do, where a broker cannot be started.
    """
    world.up(progress=print)
    if name not in _open:
        _sweep()
        _open[name] = Place(name)
    return _open[name]


class Place:
    """A virtual host of RabbitMQ and a prefix for the names of Kafka's topics and Redis's keys.

    amqp, kafka, redis: what each client is given to connect. In between, each cell first looks whether the brokers are
    there, and says what to do where one is not.
    """

    def __init__(self, name: str):
        self.name = name
        self.prefix = f"{name}-{''.join(random.choices('23456789abcdefghjkmnpqrstvwxyz', k=4))}"
        self._servers = {each: world.server(each) for each in world.NAMES}
        self.amqp: str = self._servers["rabbitmq"].url(vhost=self.prefix)
        self.kafka: str = self._servers["kafka"].url()
        self.redis: str = self._servers["redis"].url()
        self._numbers = count(1)
        self._private: list[Private | PrivateKafka | KafkaCluster | RabbitMQCluster] = []
        self._folders: list[Path] = []
        self._write()
        admin = rabbitmq.Admin(self._servers["rabbitmq"])
        admin.create_vhost(self.prefix)
        admin.close()
        atexit.register(self.close)
        if shell := get_ipython():
            shell.events.register("pre_run_cell", self._look)
            shell.events.register("post_run_cell", self._look_again)

    def topic(self, name: str) -> str:
        """A name that no topic or group has: a topic that was just deleted cannot be made anew at once under its name."""
        return f"{self.prefix}-{name}-{next(self._numbers)}"

    def key(self, name: str) -> str:
        """A key, stream or channel of this lesson's own."""
        return f"{self.prefix}:{name}"

    def private_redis(self, **options: str) -> Private:
        """A Redis that belongs to this lesson alone, for what must not be done to the shared one; `kill`, `start`."""
        return self._own(Private(tempfile.mkdtemp(prefix="workbook-redis-"), **options))

    def private_kafka(self, **settings: str) -> PrivateKafka:
        """A Kafka that belongs to this lesson alone; it takes a second or two, and 300 MB until `down`."""
        return self._own(PrivateKafka(tempfile.mkdtemp(prefix="workbook-kafka-"), **settings))

    def rabbitmq_cluster(self) -> RabbitMQCluster:
        """Three RabbitMQ nodes of this lesson's own; about 15 s to start, 400 MB until `down`. Raises BrokerError under Docker."""
        return self._cluster(RabbitMQCluster)

    def kafka_cluster(self) -> KafkaCluster:
        """Three Kafka brokers of this lesson's own; about 5 s to start, 1 GB until `down`. Raises BrokerError under Docker."""
        return self._cluster(KafkaCluster)

    def _cluster(self, kind: type[KafkaCluster] | type[RabbitMQCluster]):
        """The one that runs already, where there is one: a cell may be run twice. The folder is noted before anything starts."""
        _native_only()
        running = next((each for each in self._private if isinstance(each, kind) and each.living()), None)
        return running or self._own(kind(self.folder(), progress=print))

    def folder(self) -> Path:
        """A folder for the lesson's files, removed with it."""
        self._folders.append(Path(tempfile.mkdtemp(prefix="workbook-lesson-")))
        self._write()
        return self._folders[-1]

    def _own(self, mine):
        self._private.append(mine)
        self._write()
        return mine

    def close(self) -> None:
        """Remove all of it. Doing it twice changes nothing."""
        if _open.get(self.name) is self:
            del _open[self.name]
        atexit.unregister(self.close)
        if shell := get_ipython():
            for event, look in (("pre_run_cell", self._look), ("post_run_cell", self._look_again)):
                with contextlib.suppress(ValueError):
                    shell.events.unregister(event, look)
        for mine in self._private:
            mine.down()
        for folder in (*self._folders, *(each.folder for each in self._private)):
            shutil.rmtree(folder, ignore_errors=True)
        self._private.clear()
        self._folders.clear()
        _remove(self.prefix)

    def _write(self) -> None:
        """For the sweep after a kernel that was killed."""
        record = _record(self.prefix)
        record.parent.mkdir(parents=True, exist_ok=True)
        folders = [str(each) for each in (*self._folders, *(mine.folder for mine in self._private))]
        record.write_text(json.dumps({"owner": owner_tag(), "folders": folders}))

    def _look(self, *_: Any) -> None:
        for each in self._servers.values():
            if not probes.listens(each.port):
                print(f"{each.title} is down. Run the lesson's first code cell again: it starts what is down.")

    def _look_again(self, result: Any) -> None:
        """Below a client's traceback as well: what to do should be the last thing that is read."""
        if not result.success:
            self._look()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        lines = [
            "This lesson's own place, removed at its end:",
            f"  RabbitMQ  virtual host {self.prefix}",
            f"  Kafka     topics and groups that begin with {self.prefix}-",
            f"  Redis     keys and channels that begin with {self.prefix}:",
        ]
        return {"text/plain": "\n".join(lines)}


def _native_only() -> None:
    if provider.chosen() != "native":
        raise BrokerError("The clusters of this lesson are started natively, without Docker: set BROKERS=native in .env, then "
                          "`make setup`, and run the lesson again.")


def _record(prefix: str) -> Path:
    return paths.STATE / owners.LESSONS / f"{prefix}.json"


def _sweep() -> None:
    """Remove what kernels left behind that were killed before they could."""
    for record in (paths.STATE / owners.LESSONS).glob("*.json"):
        try:
            left = json.loads(record.read_text())
            if owner_lives(left["owner"]):
                continue
        except (OSError, ValueError, KeyError):
            continue
        for folder in left.get("folders", ()):
            owners.remove(Path(folder))
        _remove(record.stem)


def _remove(prefix: str) -> None:
    """Everything in the brokers under that prefix. A broker that does not answer keeps the record for the next sweep."""
    removers = (_from_rabbitmq, _from_kafka, _from_redis)
    done = 0
    for remove in removers:
        with contextlib.suppress(Exception):  # whatever is wrong with one broker, the others are cleaned
            remove(prefix)
            done += 1
    if done == len(removers):
        _record(prefix).unlink(missing_ok=True)


def _from_rabbitmq(prefix: str) -> None:
    admin = rabbitmq.Admin(world.server("rabbitmq"))
    admin.delete_vhost(prefix)
    for user in admin.request("GET", "/users?columns=name"):
        if user["name"].startswith(f"{prefix}-"):
            admin.request("DELETE", f"/users/{user['name']}", allow=(404,))
    admin.close()


def _from_kafka(prefix: str) -> None:
    from kafka import KafkaAdminClient

    admin = KafkaAdminClient(bootstrap_servers=world.server("kafka").url(), bootstrap_timeout_ms=5000)
    try:
        groups = [each["group_id"] for each in admin.list_groups() if each["group_id"].startswith(f"{prefix}-")]
        if groups:
            admin.delete_groups(groups)
        if topics := [each for each in admin.list_topics() if each.startswith(f"{prefix}-")]:
            admin.delete_topics(topics)
    finally:
        admin.close()


def _from_redis(prefix: str) -> None:
    import redis

    with redis.Redis.from_url(world.server("redis").url(), socket_connect_timeout=2) as client:
        for key in client.scan_iter(f"{prefix}:*", count=1000):
            client.delete(key)
