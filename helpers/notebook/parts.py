"""The parts of a small running system, such as a worker: started and stopped from a cell, each in a thread of its own.

At work each is a process. Here a thread is enough, since the parts share nothing but the broker.
"""

import threading
import time
from collections.abc import Callable


class Part:
    """`work` is called with an Event and returns soon after it is set. `start` may follow `stop`, any number of times.

        def mailer(stop):
            while not stop.is_set():
                ...

        with Part(mailer):
            ...

    An error that ended `work` is raised by `stop`, or at the end of the block: a thread's own traceback would be lost.
    """

    def __init__(self, work: Callable[[threading.Event], None]):
        self.work = work
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> "Part":
        if not self.alive:
            self._stop, self._error = threading.Event(), None
            self._thread = threading.Thread(target=self._run, args=(self._stop,), daemon=True, name=self.work.__name__)
            self._thread.start()
        return self

    def stop(self, patience: float = 10.0) -> None:
        """Ask it to end and wait until it has. Raises what ended it, TimeoutError where it does not end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(patience)
            if self._thread.is_alive():
                raise TimeoutError(f"{self.work.__name__} has not ended {patience:.0f} s after it was asked to")
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _run(self, stop: threading.Event) -> None:
        try:
            self.work(stop)
        except BaseException as error:
            self._error = error

    def __enter__(self) -> "Part":
        return self.start()

    def __exit__(self, *raised: object) -> None:
        self.stop()


def wait_until(condition: Callable[[], object], patience: float = 10.0) -> bool:
    """Whether the condition came true within `patience` seconds; looks a hundred times a second."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
