"""Record the sessions of redis_sessions.py into recorded/redis/, each on a Redis of its own.

    python tests/wire/record_redis.py [NAME ...]
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import redis_sessions

from helpers import brokers
from helpers.wire.events import Journal
from helpers.wire.redis import Redis
from helpers.wire.redis_book import Book
from helpers.wire.tap import Tap

FOLDER = Path(__file__).parent / "recorded" / "redis"


async def record(name: str, session, server) -> None:
    path = FOLDER / f"{name}.tap"
    with path.open("wb") as file:
        book = Book()
        tap = Tap(actor="client", upstream=("127.0.0.1", server.port), journal=Journal(), decoder=lambda: Redis(book),
                  chunks=file)
        await tap.start()
        await asyncio.to_thread(session, f"redis://127.0.0.1:{tap.port}/0")
        while tap.links:  # until the broker's side has ended, too
            await asyncio.sleep(0.01)
        await tap.close()
    print(f"{path.name}: {path.stat().st_size} bytes, {tap.counters}, {tap.incomplete}")


async def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        sessions = dict(redis_sessions.PYTHON)
        if not names or "node-redis" in names:
            redis_sessions.node_install(Path(folder))
            sessions["node-redis"] = redis_sessions.node_session(Path(folder))
        for name, session in sessions.items():
            if not names or name in names:
                with brokers.redis_private(Path(folder) / f"redis-{name}") as server:
                    await record(name, session, server)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
