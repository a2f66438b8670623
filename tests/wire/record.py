"""Record the sessions of wire_sessions.py into recorded/: `python tests/wire/record.py HOST PORT` (a RabbitMQ with guest/guest)."""

import asyncio
import sys
import tempfile
from pathlib import Path

import wire_sessions

from helpers.wire.amqp import AMQP
from helpers.wire.events import Journal
from helpers.wire.tap import Tap


async def main(host: str, port: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wire_sessions.node_install(Path(folder))
        for name, session in {**wire_sessions.PYTHON, "amqplib": wire_sessions.node_session(Path(folder))}.items():
            path = Path(__file__).parent / "recorded" / f"{name}.tap"
            with path.open("wb") as file:
                tap = Tap(actor="client", upstream=(host, port), journal=Journal(), decoder=AMQP, chunks=file)
                await tap.start()
                await asyncio.to_thread(session, f"amqp://guest:guest@127.0.0.1:{tap.port}/%2F")
                await tap.close()
            print(f"{path.name}: {path.stat().st_size} bytes, {tap.counters}, {tap.incomplete}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
