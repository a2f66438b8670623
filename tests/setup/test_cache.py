"""The cache: whole or not there, repaired when half-finished, one set-up at a time."""

import pytest

from helpers import paths
from helpers.brokers import install
from helpers.setup import cache
from helpers.setup.say import SetupError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    paths.CACHE.mkdir()


def test_a_folder_without_its_marker_is_not_installed(monkeypatch):
    monkeypatch.setenv("RABBITMQ_SUITE", "testing")
    folder = install.debian_folder("testing")
    (folder / "root").mkdir(parents=True)
    for look in (install.debian, install.java, install.kafka):
        with pytest.raises(install.NotInstalled, match="make setup"):
            look()
    cache.finish(folder, {"versions": {"rabbitmq-server": "4.3.6"}})
    assert install.debian().versions["rabbitmq-server"] == "4.3.6"


def test_a_half_finished_folder_is_made_anew():
    folder = paths.CACHE / "kafka-1"
    for leftover in (folder, folder.with_name("kafka-1.new")):
        leftover.mkdir()
        (leftover / "half").write_text("x")
    with cache.fresh(folder) as making:
        assert not folder.exists() and not any(making.iterdir())
        (making / "whole").write_text("y")
    assert [path.name for path in folder.iterdir()] == ["whole"]
    assert not cache.is_complete(folder)


def test_an_interrupt_leaves_nothing_under_the_final_name():
    folder = paths.CACHE / "kafka-1"
    with pytest.raises(KeyboardInterrupt), cache.fresh(folder):
        raise KeyboardInterrupt
    assert not folder.exists()


def test_a_damaged_marker_counts_as_half_finished():
    folder = paths.CACHE / "kafka-1"
    folder.mkdir()
    (folder / install.COMPLETE).write_text("{")
    assert not cache.is_complete(folder)


def test_a_full_disk_is_told_before_the_download():
    with pytest.raises(SetupError, match="WORKBOOK_CACHE"):
        cache.need_space(10**9)


def test_an_unknown_suite_is_told(monkeypatch):
    monkeypatch.setenv("RABBITMQ_SUITE", "sid")
    with pytest.raises(install.BrokerError, match="testing, stable"):
        install.suites()
