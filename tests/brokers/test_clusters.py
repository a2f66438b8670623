"""Three nodes of a broker (the lesson on benefits kills their leaders); here: what is left when their owner is killed."""

import signal
import subprocess
import sys
import time

import psutil
import pytest

from helpers import paths
from helpers.brokers import clusters, provider

OWNER = """
import sys, time, psutil
from helpers.brokers import clusters
cluster = getattr(clusters, sys.argv[1])(sys.argv[2])
print(*[each.pid for each in psutil.Process().children(recursive=True)], flush=True)
time.sleep(600)
"""


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.skipif(provider.chosen() != "native", reason="clusters are native")
@pytest.mark.parametrize("kind", [clusters.RabbitMQCluster, clusters.KafkaCluster])
def test_nothing_is_left_of_a_cluster_whose_owner_was_killed(kind, tmp_path):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, kind.__name__, str(tmp_path)], cwd=paths.ROOT, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = owner.stdout.readline()
    try:
        assert said, owner.stderr.read()
        started = [psutil.Process(int(pid)) for pid in said.split()]
        assert len(started) >= 3
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    end = time.monotonic() + 10
    while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in started) and time.monotonic() < end:
        time.sleep(0.05)
    assert [each for each in started if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
