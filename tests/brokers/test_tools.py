"""The brokers' own command lines reach the servers that the workbook started."""

import subprocess
import sys

import pytest

from helpers import paths
from helpers.brokers import errors, tools

pytestmark = pytest.mark.broker


@pytest.mark.parametrize(("tool", "arguments", "said"), [
    ("rabbitmqctl", ["list_vhosts"], "Listing vhosts"),
    ("rabbitmq-diagnostics", ["check_running"], "fully booted and running"),
    ("redis-cli", ["PING"], "PONG"),
    ("kafka-configs", ["--describe", "--entity-type", "brokers", "--entity-name", "1"], "configs for broker 1"),
])
def test_each_reaches_its_server(brokers_up, tool, arguments, said):
    if tool == "kafka-configs":
        arguments = ["--bootstrap-server", brokers_up["kafka"].url(), *arguments]
    assert said in tools.run(tool, *arguments)


def test_what_fails_says_so(brokers_up):
    with pytest.raises(errors.BrokerError, match="no-such-command"):
        tools.run("rabbitmqctl", "no-such-command")
    with pytest.raises(errors.BrokerError, match="redis-cli"):
        tools.run("netcat")


def test_from_a_terminal(brokers_up):
    done = subprocess.run([sys.executable, "-m", "helpers.brokers.tools", "redis-cli", "PING"], capture_output=True, text=True, cwd=paths.ROOT)
    assert done.stdout == "PONG\n"
    assert "usage" in subprocess.run([sys.executable, "-m", "helpers.brokers.tools"], capture_output=True, text=True, cwd=paths.ROOT).stderr
