"""The one who listens on a lab's channel: hears of orders while it is there, and keeps nothing for the time when it is not."""

import threading
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpers.brokers.base import HOST
from helpers.wire import tokens

_TURN = 0.2
_PATIENCE = 2.0


class Listener:
    """Subscribes to a channel of a Redis on this machine, in a thread of its own, and again where Redis was away.

    heard: ids of the orders that were announced to it.
    """

    def __init__(self, port: int, channel: str):
        self.heard: set[str] = set()
        self._channel = channel
        self._client = redis.Redis(host=HOST, port=port, protocol=2, socket_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0))
        self._over = threading.Event()
        self._there = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        if not self._there.wait(_PATIENCE):
            raise OSError(f"nobody could subscribe to {channel}")

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                with self._client.pubsub() as pubsub:
                    pubsub.subscribe(self._channel)
                    while not self._over.is_set():
                        message = pubsub.get_message(timeout=_TURN)
                        if message is None:
                            continue
                        self._there.set()
                        if message["type"] == "message" and (order := tokens.find(message["data"])):
                            self.heard.add(order)
            except (redis.ConnectionError, redis.TimeoutError):
                time.sleep(0.02)

    def hang_up(self) -> None:
        """Go away; nobody is subscribed when this returns."""
        self._over.set()
        self._thread.join(_PATIENCE)
        try:
            self._client.close()
        except redis.ConnectionError:
            pass
