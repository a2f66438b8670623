"""The machine's own suite, fetched for real (kept in the shared cache afterwards), and the brokers from it."""

import pytest

from helpers import brokers, paths
from helpers.brokers import install, measure, probes
from helpers.setup import cache, debs, native, unpack

pytestmark = [pytest.mark.broker, pytest.mark.slow]


@pytest.fixture(scope="module")
def own():
    """A private world whose RabbitMQ and Redis come from the machine's own suite."""
    with pytest.MonkeyPatch.context() as patch, measure.private_world():
        patch.setenv("RABBITMQ_SUITE", "own")
        if not native.debian_is_whole():
            if not debs.reachable():
                pytest.skip("the package mirror does not answer")
            with cache.locked("brokers"):
                native.make_debian(lambda: None)
        yield install.debian()


def test_only_what_the_machine_lacks_is_fetched(own):
    assert {"rabbitmq-server", "erlang-base", "redis-server", "redis-tools"} <= set(own.versions)
    assert not {"libc6", "libgcc-s1", "zlib1g", "adduser", "logrotate"} & set(own.versions)
    assert not list(own.root.glob("**/ld-linux*"))


def test_programs_keep_the_machines_loader(own):
    binary = own.redis_server.resolve()
    loader = unpack.checked([native.tool("patchelf"), "--print-interpreter", str(binary)]).stdout.strip()
    assert not loader.startswith(str(paths.CACHE))


@pytest.mark.parametrize("name", ["redis", "rabbitmq"])
def test_up_kill_up_down(own, name):
    server = brokers.server(name)
    server.up()
    seen = server.status()
    package = {"redis": "redis-server", "rabbitmq": "rabbitmq-server"}[name]
    assert seen.state == "running" and own.versions[package].startswith(seen.version)
    assert seen.source == install.title("own")
    server.kill()
    server.up()
    pids = server.pids()
    server.down()
    assert pids and not server.pids()
    assert not probes.listens(server.port)
