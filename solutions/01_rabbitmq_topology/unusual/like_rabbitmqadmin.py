# pass
# What rabbitmqadmin does: one call of the management API for each thing. No AMQP, no client library.
import base64
import http.client
import json
import os
from urllib.parse import quote, urlsplit

api = urlsplit(os.environ["RABBITMQ_API"])
line = http.client.HTTPConnection(api.hostname, api.port, timeout=5)
login = base64.b64encode(f"{api.username}:{api.password}".encode()).decode()
vhost, exchange = quote(os.environ["VHOST"], safe=""), os.environ["EXCHANGE"]


def call(method, path, **body):
    line.request(method, f"{api.path}/{path}", json.dumps(body),
                 {"Authorization": f"Basic {login}", "Content-Type": "application/json"})
    answer = line.getresponse()
    told = answer.read().decode()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {told}")


def queue(name, **arguments):
    call("PUT", f"queues/{vhost}/{os.environ[name]}", durable=True, arguments={"x-queue-type": "quorum", **arguments})


def bind(name, key):
    call("POST", f"bindings/{vhost}/e/{exchange}/q/{os.environ[name]}", routing_key=key)


call("PUT", f"exchanges/{vhost}/{exchange}", type="topic", durable=True)
queue("DEAD")
queue("EXPRESS")
queue("BILLING", **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": os.environ["DEAD"]})
bind("BILLING", "order.created.#")
bind("BILLING", "order.cancelled.#")
bind("EXPRESS", "order.created.*.express")
bind("AUDIT", "order.#")
