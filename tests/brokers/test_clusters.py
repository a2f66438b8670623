"""Three nodes of a broker: what is left when their owner is killed. (That they outlive a node is lesson 8, under nbval.)"""

import subprocess
import sys

import psutil
import pytest

from helpers import brokers, paths
from helpers.brokers import provider
from helpers.notebook import place
from helpers.notebook.parts import wait_until

OWNER = """
import sys
from helpers.brokers import clusters
getattr(clusters, sys.argv[1])(sys.argv[2])
"""


def at_work_in(folder):
    """Every process of a node, its helpers too: they work in its folder."""
    return [each.pid for each in psutil.process_iter(["cwd"]) if (each.info["cwd"] or "").startswith(str(folder))]


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.skipif(provider.chosen() != "native", reason="clusters are native")
@pytest.mark.parametrize(("kind", "count"), [("RabbitMQCluster", 4), ("KafkaCluster", 3)])
def test_nothing_outlives_an_owner_that_is_killed_while_the_nodes_start(tmp_path, kind, count):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, kind, str(tmp_path)], cwd=paths.ROOT)
    try:
        assert wait_until(lambda: len(at_work_in(tmp_path)) >= count)
    finally:
        owner.kill()
        owner.wait()
    assert wait_until(lambda: not at_work_in(tmp_path))


def test_under_docker_a_lesson_says_what_its_clusters_need(monkeypatch):
    monkeypatch.setattr(provider, "chosen", lambda: "compose")
    here = place.Place.__new__(place.Place)
    for start in (here.rabbitmq_cluster, here.kafka_cluster):
        with pytest.raises(brokers.BrokerError, match="BROKERS=native"):
            start()
