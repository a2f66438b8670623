"""Brokers of the tests' own: a state folder and ports that disturb nobody."""

import contextlib

import pytest

from helpers import brokers, paths
from helpers.brokers import worlds


@contextlib.contextmanager
def private_world(folder):
    """Own state folder, own `.env`, free ports for everything; nothing of it is left running."""
    with pytest.MonkeyPatch.context() as patch, worlds.entered(folder) as env:
        patch.setattr(paths, "STATE", folder / "state")
        for name, value in env.items():
            patch.setenv(name, value)
        try:
            yield folder
        finally:
            brokers.down()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One private world for the tests of a module."""
    with private_world(tmp_path_factory.mktemp("world")) as folder:
        yield folder


@pytest.fixture
def fresh_world(tmp_path):
    """A private world of one test."""
    with private_world(tmp_path) as folder:
        yield folder
