"""The brokers that the bench starts from a learner's file: they live as long as their owner, and no longer."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from helpers import paths
from helpers.bench.exam.private import Private, clean_env
from helpers.brokers import BrokerError
from helpers.notebook.parts import wait_until

OWNER = """
import asyncio, sys
from pathlib import Path
from helpers.bench.exam.private import Private, clean_env

broker = Private(Path(sys.argv[1]))

async def examine():
    # as the bench does it: from a thread of the loop's pool, a companion first
    for _ in range(2):
        await asyncio.to_thread(broker.start, ["/bin/sleep", "600"], clean_env(broker.folder))
    print(*(process.pid for process in broker._processes), flush=True)
    await asyncio.sleep(600)

asyncio.run(examine())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_nothing_outlives_an_owner_that_is_killed(tmp_path):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path / "broker")], cwd=paths.ROOT, stdout=subprocess.PIPE, text=True)
    started = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
    try:
        assert len(started) == 2 and all(process.is_running() for process in started)
        owner.kill()
        owner.wait()
        assert wait_until(lambda: not any(_lives(process) for process in started), 10)
    finally:
        owner.kill()
        for process in started:
            if _lives(process):
                process.kill()


def test_it_outlives_the_work_that_started_it_as_long_as_the_loop_runs(tmp_path):
    async def examine():
        broker = Private(tmp_path / "broker")
        await asyncio.to_thread(broker.start, ["/bin/sleep", "600"], clean_env(tmp_path))
        await asyncio.gather(*(asyncio.to_thread(int) for _ in range(20)))
        main = psutil.Process(broker._processes[0].pid)
        try:
            assert _lives(main)
        finally:
            await asyncio.to_thread(broker.stop)
        assert not _lives(main)

    asyncio.run(examine())


def test_a_program_that_is_not_there_is_no_refusal_of_the_broker(tmp_path):
    with pytest.raises(BrokerError, match="no program"):
        Private(tmp_path / "broker").start([str(Path(tmp_path, "nobody"))], clean_env(tmp_path))


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
