"""The RabbitMQ of Debian's stable release, in a world of its own beside the lesson's: what an upgrade changes, seen live."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from helpers import paths
from helpers.brokers import provider, worlds
from helpers.brokers.errors import BrokerError

SUITE = "stable"

_WHERE = "import json; from helpers import brokers; s = brokers.server('rabbitmq'); print(json.dumps([s.url(), s.version()]))"


@contextlib.contextmanager
def older() -> Iterator[tuple[str, str]]:
    """`with older() as (url, version):` fetches it where the cache has none (once), starts it, and stops it at the end.

    Raises BrokerError where the brokers run under Docker (pull an older image there), and where set-up or start fail.
    """
    if provider.chosen() != "native":
        raise BrokerError("Under Docker, start an older image by hand: docker run --rm -p 127.0.0.1:5673:5672 rabbitmq:4.0")
    with tempfile.TemporaryDirectory(prefix="older-") as folder, worlds.entered(Path(folder)) as own:
        env = {**os.environ, **own, "RABBITMQ_SUITE": SUITE}
        try:
            for words in (["setup"], ["up", "rabbitmq"]):
                print(f"the older RabbitMQ: {words[0]}", flush=True)
                _helpers(env, "-m", "helpers", *words)
            url, version = json.loads(_helpers(env, "-c", _WHERE))
            yield url, version
        finally:
            _helpers(env, "-m", "helpers", "down")


def _helpers(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=paths.ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise BrokerError((done.stderr or done.stdout).strip()[-600:])
    return done.stdout
