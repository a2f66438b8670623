"""The warden: a process around the bench that outlives it by a moment and leaves nothing running, however it ends."""

import os
import select
import signal
import time
from collections.abc import Callable

from helpers.bench import processes

GRACE = 0.8
"""Seconds that an interrupted bench has to stop the program and give back what it took, before it is killed."""


def guard(bench: Callable[[], int], *, lifeline: bool = False) -> int:
    """Run `bench` in a child process and return its exit status (128 + signal where one ended it).

    The child gets a session of its own, so that Ctrl-C reaches only the warden, which passes it on. With `lifeline`,
    end-of-file on our standard input counts as an interrupt: the caller holds the other end, and its death closes it.
    Whatever ends the bench, every descendant is then killed (we are the child subreaper, so a process that called
    setsid is ours too); the workbook's brokers are spared. Must be called before any thread is started.
    """
    processes.become_subreaper()
    lost_by_fork = os.getpid()
    child = os.fork()
    if child == 0:
        _run_bench(bench, lost_by_fork)
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    interrupted = False

    def interrupt(signum: int, frame: object) -> None:
        nonlocal interrupted
        interrupted = True

    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, interrupt)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    os.set_blocking(wake, False)
    status = _watch(child, wake, lifeline, lambda: interrupted)
    _sweep()
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _run_bench(bench: Callable[[], int], parent: int) -> None:
    """In the child: never returns."""
    code = 4
    try:
        os.setsid()
        # SIGTERM, not SIGKILL: should the warden itself be killed, the bench still sweeps.
        processes.die_with_parent(signal.SIGTERM)
        processes.become_subreaper()
        if os.getppid() == parent:
            code = bench()
    except KeyboardInterrupt:
        code = 130
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 4
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        try:
            _sweep()
            import sys

            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _watch(child: int, wake: int, lifeline: bool, interrupted: Callable[[], bool]) -> int:
    """Wait for the bench; returns its wait status."""
    sources = [wake] + ([0] if lifeline else [])
    deadline = None
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        if interrupted() and deadline is None:
            os.kill(child, signal.SIGINT)
            deadline = time.monotonic() + GRACE
        if deadline is not None and time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        ready, _, _ = select.select(sources, [], [], 0.2 if deadline is None else 0.02)
        if wake in ready:
            try:
                os.read(wake, 4096)
            except BlockingIOError:
                pass
        if 0 in ready and not os.read(0, 4096):  # not sys.stdin: its lock would be held at exit
            sources.remove(0)
            if deadline is None:
                os.kill(child, signal.SIGINT)
                deadline = time.monotonic() + GRACE


def _sweep() -> None:
    from helpers import brokers

    processes.sweep(spare=brokers.our_pids() if hasattr(brokers, "our_pids") else ())
