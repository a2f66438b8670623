"""The brokers that tests use: started when first needed, left at the end as they were found."""

import os
import tempfile
from pathlib import Path

import pytest

from helpers import brokers, paths

STARTED = "WORKBOOK_TEST_STARTED"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Side by side (`--dist loadgroup`) a file's tests stay together in one worker; the labs' programs and the notebooks
    go wherever there is room."""
    for item in items:
        if item.path.name not in ("test_programs.py", "test_nbval.py"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def pytest_configure(config):
    """The controlling process remembers which spares ran; workers inherit the name of the book."""
    _keep_out_of_home()
    if hasattr(config, "workerinput"):
        return
    handle, name = tempfile.mkstemp(prefix="workbook-tests-")
    os.close(handle)
    os.environ[STARTED] = name
    config.spares_before = [each.name for each in brokers.every_server() if each.instance != "main" and each.running()]


def _keep_out_of_home():
    """IPython's history and npm's downloads go where the workbook's own things are."""
    ipython = paths.STATE / "tests" / "ipython"
    ipython.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("IPYTHONDIR", str(ipython))
    os.environ.setdefault("npm_config_cache", str(paths.CACHE / "npm"))


def pytest_unconfigure(config):
    """Stop what the tests started, and nothing else."""
    if hasattr(config, "workerinput") or STARTED not in os.environ:
        return
    book = Path(os.environ.pop(STARTED))
    started = set(book.read_text().split())
    book.unlink()
    for each in brokers.every_server():
        if each.instance == "main" and each.name in started:
            each.down()
        elif each.instance != "main" and started and each.name not in config.spares_before:
            each.down()


def _up(*names: str) -> None:
    cold = [name for name in names if not brokers.server(name).running()]
    if cold:
        with open(os.environ[STARTED], "a") as book:
            book.write("".join(f"{name}\n" for name in cold))
    brokers.up(names)


@pytest.fixture(scope="session")
def rabbitmq():
    """The shared RabbitMQ, running."""
    _up("rabbitmq")
    return brokers.server("rabbitmq")


@pytest.fixture(scope="session")
def kafka():
    """The shared Kafka, running."""
    _up("kafka")
    return brokers.server("kafka")


@pytest.fixture(scope="session")
def brokers_up():
    """All three shared brokers, running: name -> server."""
    _up(*brokers.NAMES)
    return {name: brokers.server(name) for name in brokers.NAMES}
