# pass
# No AMQP at all: the whole topology as one document, imported through the management API.
import json
import os
import urllib.parse
import urllib.request

vhost, exchange = os.environ["VHOST"], os.environ["EXCHANGE"]
billing, express, audit, dead = (os.environ[name] for name in ("BILLING", "EXPRESS", "AUDIT", "DEAD"))


def queue(name, **arguments):
    return {"name": name, "durable": True, "auto_delete": False, "arguments": {"x-queue-type": "quorum", **arguments}}


def bound(source, name, key):
    return {"source": source, "destination": name, "destination_type": "queue", "routing_key": key, "arguments": {}}


definitions = {
    "exchanges": [
        {"name": exchange, "type": "topic", "durable": True, "auto_delete": False, "internal": False, "arguments": {}},
        {"name": f"{exchange}.dead", "type": "fanout", "durable": True, "auto_delete": False, "internal": True,
         "arguments": {}},
    ],
    "queues": [queue(billing, **{"x-dead-letter-exchange": f"{exchange}.dead"}), queue(express), queue(dead)],
    "bindings": [
        bound(exchange, billing, "order.created.#"), bound(exchange, billing, "order.cancelled.#"),
        bound(exchange, express, "order.created.*.express"), bound(exchange, audit, "order.#"),
        bound(f"{exchange}.dead", dead, ""),
    ],
}
api = urllib.parse.urlsplit(os.environ["RABBITMQ_API"])
passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, f"http://{api.hostname}:{api.port}", api.username, api.password)
opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
request = urllib.request.Request(
    f"http://{api.hostname}:{api.port}{api.path}/definitions/{urllib.parse.quote(vhost, safe='')}", method="POST",
    data=json.dumps(definitions).encode(), headers={"Content-Type": "application/json"})
print(opener.open(request, timeout=5).status)
