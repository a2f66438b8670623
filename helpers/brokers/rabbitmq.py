"""RabbitMQ: how it is started natively, and the census of its queues (management API, passive declare, drain)."""

import base64
import http.client
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import install, probes
from .base import HOST, Broker, Program, Server
from .errors import BrokerError, NotRunning

if TYPE_CHECKING:
    import pika

CONFIG = Path(__file__).parent / "config"

OVERLAY = """
# --- this machine
listeners.tcp.1 = 127.0.0.1:{client}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
log.file = {log}
"""


class RabbitMQ(Broker):
    name = "rabbitmq"
    title = "RabbitMQ"
    port_settings = {
        "main": {
            "client": "RABBITMQ_PORT",
            "management": "RABBITMQ_MANAGEMENT_PORT",
            "dist": "RABBITMQ_DIST_PORT",
            "epmd": "RABBITMQ_EPMD_PORT",
        },
        "spare": {
            "client": "RABBITMQ_SPARE_PORT",
            "management": "RABBITMQ_SPARE_MANAGEMENT_PORT",
            "dist": "RABBITMQ_SPARE_DIST_PORT",
            "epmd": "RABBITMQ_SPARE_EPMD_PORT",
        },
    }

    def prepare(self, folder: Path, ports: dict[str, int], instance: str) -> list[Program]:
        """epmd (its own, on its own port; it survives a kill of the node), then the node."""
        debian = install.debian()
        overlay = OVERLAY.format(**ports, log=self.log_file(folder))
        (folder / "rabbitmq.conf").write_text((CONFIG / "rabbitmq.conf").read_text() + overlay)
        (folder / "enabled_plugins").write_text((CONFIG / "enabled_plugins").read_text())
        (folder / "rabbitmq-env.conf").touch()
        quiet = "+sbwt none +sbwtdcpu none +sbwtdio none"
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        variables = {
            "NODENAME": "workbook@localhost" if instance == "main" else f"workbook-{instance}@localhost",
            "NODE_IP_ADDRESS": HOST,
            "NODE_PORT": ports["client"],
            "DIST_PORT": ports["dist"],
            "MNESIA_BASE": folder / debian.data,
            "LOG_BASE": folder / "log",
            "PID_FILE": folder / "rabbitmq.pid",
            "CONFIG_FILE": folder / "rabbitmq.conf",
            "ENABLED_PLUGINS_FILE": folder / "enabled_plugins",
            "CONF_ENV_FILE": folder / "rabbitmq-env.conf",
            "SERVER_ADDITIONAL_ERL_ARGS": f"{loopback} {quiet}",
        }
        env = {
            **{f"RABBITMQ_{name}": str(value) for name, value in variables.items()},
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": HOST,
            # For the node and for every `erl` that it starts (to look for others, say): a port mapper of theirs would outlive it.
            "ERL_AFLAGS": "-start_epmd false",
            "HOME": str(folder),
            "RUNNING_UNDER_SYSTEMD": "1",
            "PATH": f"{install.debian_folder(debian.suite) / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LC_ALL": "C.UTF-8",
        }
        epmd = [str(debian.epmd), "-port", str(ports["epmd"]), "-address", HOST]
        return [
            Program("epmd", epmd, env, (str(debian.epmd),)),
            Program("server", [str(debian.rabbitmq_home / "sbin/rabbitmq-server")], env, (str(debian.root.parent),)),
        ]

    def answers(self, port: int, timeout: float) -> None:
        probes.amqp_greeting(port, timeout)

    def confirm(self, port: int, timeout: float) -> None:
        probes.amqp_confirmed(port, timeout)

    def version(self, server: Server) -> str:
        """Connection.Start carries it in the server properties."""
        return probes.amqp_greeting(server.port, 2.0)["version"]

    def url(self, port: int, vhost: str = "/") -> str:
        return f"amqp://guest:guest@{HOST}:{port}/{'' if vhost == '/' else quote(vhost, safe='')}"


class Admin:
    """The management HTTP API over one kept-alive connection a thread (RabbitMQ documentation, "HTTP API Reference").

    Its counts of messages lag by several seconds: for the depth of a queue use `depth`.
    """

    def __init__(self, server: Server, timeout: float = 10.0):
        self.server = server
        self._timeout = timeout
        self._local = threading.local()
        token = base64.b64encode(b"guest:guest").decode()
        self._headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}

    def request(self, method: str, path: str, body: dict | None = None, allow: tuple[int, ...] = ()) -> object:
        """One call below /api; the decoded answer, None without a body. Statuses in `allow` are no fault.

        Raises NotRunning when nobody answers, BrokerError for any other status from 400 on.
        """
        data = json.dumps(body or {}) if method in ("PUT", "POST") else None
        for attempt in (1, 2):
            line = getattr(self._local, "line", None)
            try:
                if line is None:
                    port = self.server.ports["management"]
                    line = self._local.line = http.client.HTTPConnection(HOST, port, timeout=self._timeout)
                line.request(method, f"/api{path}", data, self._headers)
                answer = line.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException) as fault:
                self.close()
                if attempt == 2 or isinstance(fault, TimeoutError):
                    raise NotRunning(f"the management API of {self.server.title} does not answer: {fault}") from fault
        if answer.status >= 400 and answer.status not in allow:
            raise BrokerError(f"{method} /api{path}: {answer.status} {text.decode(errors='replace')[:300]}")
        try:
            return json.loads(text) if text and answer.status < 400 else None
        except ValueError:
            raise BrokerError(f"port {self.server.ports['management']} answers, but not as RabbitMQ's management API: is it "
                              "somebody else's? python -m helpers doctor") from None  # fmt: skip

    def close(self) -> None:
        """Close this thread's connection."""
        line = getattr(self._local, "line", None)
        if line is not None:
            line.close()
            self._local.line = None

    def create_vhost(self, name: str) -> None:
        """Create a virtual host that guest may use; no fault when it is there."""
        self.request("PUT", f"/vhosts/{quote(name, safe='')}")
        grants = {"configure": ".*", "write": ".*", "read": ".*"}
        self.request("PUT", f"/permissions/{quote(name, safe='')}/guest", grants)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host and all in it; no fault when there is none."""
        self.request("DELETE", f"/vhosts/{quote(name, safe='')}", allow=(404,))

    def vhosts(self) -> list[str]:
        return [vhost["name"] for vhost in self.request("GET", "/vhosts?columns=name")]

    def queues(self, vhost: str) -> list[dict]:
        """Every queue of a virtual host, as the API describes it; empty for an unknown host."""
        return self.request("GET", f"/queues/{quote(vhost, safe='')}", allow=(404,)) or []

    def overview(self) -> dict:
        """Versions, node, totals."""
        return self.request("GET", "/overview")


@dataclass(frozen=True)
class Message:
    """A message taken from a queue by the census."""

    body: bytes
    properties: "pika.BasicProperties"
    redelivered: bool
    routing_key: str = ""


def _channel(url: str):
    import pika

    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.blocked_connection_timeout = 10
    parameters.heartbeat = 0
    return pika.BlockingConnection(parameters)


def drain(url: str, queue: str) -> list[Message]:
    """Take all that is READY in a queue, acknowledged as it is taken; what a consumer holds is not in it.

    Raises pika.exceptions.AMQPError when the queue does not exist or the broker does not answer.
    """
    connection = _channel(url)
    try:
        channel, found = connection.channel(), []
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return found
            found.append(Message(body, properties, method.redelivered, method.routing_key))
    finally:
        if connection.is_open:
            connection.close()


def depth(url: str, queue: str) -> int | None:
    """Messages READY in a queue, from a passive declare; None where the queue does not exist."""
    import pika

    connection = _channel(url)
    try:
        return connection.channel().queue_declare(queue, passive=True).method.message_count
    except pika.exceptions.ChannelClosedByBroker as closed:
        if closed.reply_code == 404:
            return None
        raise
    finally:
        if connection.is_open:
            connection.close()
