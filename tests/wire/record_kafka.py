"""Record the sessions of kafka_sessions.py into recorded/kafka/: `python tests/wire/record_kafka.py HOST PORT [NAME ...]`."""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

import kafka_sessions
import wire_sessions

from helpers.wire.events import Journal
from helpers.wire.kafka import Kafka
from helpers.wire.kafka_book import Book
from helpers.wire.tap import Tap

FOLDER = Path(__file__).parent / "recorded" / "kafka"


async def main(host: str, port: int, names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        sessions = dict(kafka_sessions.PYTHON)
        if not names or "kafkajs" in names:
            wire_sessions.node_install(Path(folder))
            sessions["kafkajs"] = kafka_sessions.node_session(Path(folder))
        for name, session in sessions.items():
            if names and name not in names:
                continue
            path = FOLDER / f"{name}.tap"
            with path.open("wb") as file:
                book = Book()
                tap = Tap(actor="client", upstream=(host, port), journal=Journal(), decoder=lambda: Kafka(book), chunks=file)
                await tap.start()
                await asyncio.to_thread(session, f"127.0.0.1:{tap.port}", f"wire-{random.randrange(10**6)}")
                await tap.close()
            print(f"{path.name}: {path.stat().st_size} bytes, {tap.counters}, {tap.incomplete}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
