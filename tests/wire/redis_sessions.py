"""Real client sessions with Redis, small enough to be recorded: used to record them, and again against a live server."""

import asyncio
import json
import os
import random
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import redis
import redis.asyncio

from helpers.wire import tokens

ORDERS = tokens.draw(random.Random(9), 10)
NODE = Path(__file__).parent / "node-redis"
STREAM, GROUP = "orders", "shop"


def body(order: str, size: int = 0) -> str:
    return json.dumps({"id": order, "n": 1, "customer": "c", "amount": 5, "pad": "x" * size})


def connect(url: str, **options) -> redis.Redis:
    return redis.Redis.from_url(url, decode_responses=True, **options)


def stream(url: str, proto: int) -> None:
    """A group: read, acknowledge, in a transaction, by a script; a dead peer's entries claimed; trimmed and removed."""
    r = connect(url, protocol=proto)
    for order in ORDERS:
        r.xadd(STREAM, {"type": "order", "body": body(order)})
    r.xgroup_create(STREAM, GROUP, "0")
    r.xreadgroup(GROUP, "peer", {STREAM: ">"}, count=2)
    [(_, entries)] = _streams(r.xreadgroup(GROUP, "me", {STREAM: ">"}, count=6, block=1000))
    first, second, third, fourth, *_ = [entry for entry, _ in entries]
    r.xack(STREAM, GROUP, first)
    with r.pipeline(transaction=True) as pipe:
        pipe.xadd("dead", {"body": body(ORDERS[3])})
        pipe.xack(STREAM, GROUP, second)
        pipe.execute()
    settle = "redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]); return redis.call('XDEL', KEYS[1], ARGV[2])"
    r.eval(settle, 1, STREAM, GROUP, third)
    with r.pipeline(transaction=False) as pipe:
        pipe.xack(STREAM, GROUP, fourth)
        pipe.xdel(STREAM, fourth)
        pipe.xlen(STREAM)
        pipe.execute()
    r.xreadgroup(GROUP, "me", {STREAM: "0"})
    claimed = r.xautoclaim(STREAM, GROUP, "me", min_idle_time=0, start_id="0-0", count=1)
    pending = [p["message_id"] for p in r.xpending_range(STREAM, GROUP, "-", "+", 10, consumername="peer")]
    r.xclaim(STREAM, GROUP, "me", 0, pending)
    r.xack(STREAM, GROUP, claimed[1][0][0], *pending)
    r.xreadgroup(GROUP, "me", {STREAM: ">"}, noack=True)
    r.xreadgroup(GROUP, "me", {STREAM: ">"}, block=10)
    r.xreadgroup(GROUP, "me", {STREAM: ">"}, block=10)
    r.xgroup_delconsumer(STREAM, GROUP, "me")
    r.xtrim(STREAM, maxlen=7, approximate=False)
    r.delete(STREAM)
    r.close()


def _streams(found) -> list:
    return [(key, entries[0] if found is not None and isinstance(found, dict) else entries)
            for key, entries in (found.items() if isinstance(found, dict) else found)]


def lists(url: str) -> None:
    """Work lists: popped, moved and removed; a transaction that came to nothing, one that was given up, errors."""
    r = connect(url, protocol=2)
    r.rpush("work", *(body(order) for order in ORDERS[:4]))
    r.blpop(["work"], 1)
    moved = r.blmove("work", "at-work", 1, "LEFT", "RIGHT")
    r.lrem("at-work", 1, moved)
    r.lpop("work", 2)
    r.brpop(["work"], 0.05)
    with r.pipeline() as pipe:
        pipe.watch("stock")
        connect(url).set("stock", 1)
        pipe.multi()
        pipe.rpush("work", body(ORDERS[4]))
        try:
            pipe.execute()
        except redis.WatchError:
            pass
    r.execute_command("MULTI")
    r.execute_command("RPUSH", "work", body(ORDERS[5]))
    r.execute_command("DISCARD")
    r.set("text", "x")
    try:
        r.rpush("text", body(ORDERS[6]))
    except redis.ResponseError:
        pass
    r.rpush("large", body(ORDERS[7], 5000))
    r.rpop("large")
    r.delete("work", "text")
    r.close()


def pubsub(url: str, proto: int) -> None:
    """Messages between the confirmations, on channels and patterns; one that nobody hears."""
    r, listener = connect(url, protocol=proto), connect(url, protocol=proto)
    r.publish("orders.new", body(ORDERS[0]))
    p = listener.pubsub()
    p.subscribe("orders.new", "orders.gone")
    p.psubscribe("orders.*")
    confirmed = 0
    while confirmed < 3:
        confirmed += p.get_message(timeout=5)["type"].endswith("subscribe")
    r.publish("orders.new", body(ORDERS[1]))
    for _ in range(2):
        p.get_message(timeout=5)
    p.unsubscribe()
    p.punsubscribe()
    while confirmed > 0:
        confirmed -= p.get_message(timeout=5)["type"].endswith("unsubscribe")
    listener.ping()
    p.close()
    listener.close()
    r.close()


def asyncio_session(url: str) -> None:
    """Several workers on one pool, each blocking; acknowledged in pipelines."""

    async def session() -> None:
        r = redis.asyncio.Redis.from_url(url)
        await r.xgroup_create(STREAM, GROUP, "0", mkstream=True)

        async def worker(name: str) -> None:
            while found := await r.xreadgroup(GROUP, name, {STREAM: ">"}, count=3, block=100):
                pairs = list(found.values())[0][0] if isinstance(found, dict) else found[0][1]
                async with r.pipeline(transaction=False) as pipe:
                    for entry, _ in pairs:
                        pipe.xack(STREAM, GROUP, entry)
                    await pipe.execute()

        for order in ORDERS:
            await r.xadd(STREAM, {"order": body(order)})
        await asyncio.gather(worker("a"), worker("b"))
        await r.delete(STREAM)
        await r.aclose()

    asyncio.run(session())


def threads(url: str) -> None:
    """A connection for each thread; a script called by its digest, unknown at first."""
    r = connect(url, protocol=3)
    r.xgroup_create(STREAM, GROUP, "$", mkstream=True)
    for order in ORDERS:
        r.xadd(STREAM, {"body": body(order)})
    settle = r.register_script("return redis.call('xack', KEYS[1], ARGV[1], ARGV[2])")

    def work(name: str) -> None:
        mine = connect(url, protocol=3)
        while found := mine.xreadgroup(GROUP, name, {STREAM: ">"}, count=1):
            [(_, entries)] = _streams(found)
            settle(keys=[STREAM], args=[GROUP, entries[0][0]], client=mine)
        mine.execute_command("QUIT")
        mine.close()

    workers = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    r.delete(STREAM)
    r.close()


def node_missing() -> str | None:
    return next((f"{tool} is not installed" for tool in ("node", "npm") if not shutil.which(tool)), None)


def node_install(folder: Path) -> None:
    """Install the locked packages into a folder of its own. Raises CalledProcessError with npm's words."""
    for name in ("package.json", "package-lock.json", "session.mjs"):
        shutil.copy(NODE / name, folder / name)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True, text=True,
                   timeout=120)


def node_session(folder: Path) -> Callable[[str], None]:
    def session(url: str) -> None:
        subprocess.run(["node", "session.mjs"], cwd=folder, check=True, timeout=60, capture_output=True, text=True,
                       env={**os.environ, "REDIS_URL": url, "ORDERS": ",".join(ORDERS)})

    return session


PYTHON: dict[str, Callable[[str], None]] = {
    "stream-resp2": lambda url: stream(url, 2), "stream-resp3": lambda url: stream(url, 3), "lists": lists,
    "pubsub-resp2": lambda url: pubsub(url, 2), "pubsub-resp3": lambda url: pubsub(url, 3), "asyncio": asyncio_session,
    "threads": threads,
}
