"""`.env` is read as Docker Compose reads plain values; the environment wins."""

import pytest

from helpers.brokers import settings
from helpers.brokers.errors import BrokerError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("  export A = 1  ", {"A": "1"}),
        ("# A=1\n\nB=2 # why", {"B": "2"}),
        ('A="x # y" # z', {"A": "x # y"}),
        ("A='it'", {"A": "it"}),
        ("A=b=c#d", {"A": "b=c#d"}),
        ("A=", {"A": ""}),
        ("no setting\nA=1\nA=2", {"A": "2"}),
    ],
)
def test_lines(text, expected):
    assert settings.parse(text) == expected


def test_the_environment_wins_and_an_empty_value_is_unset(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("REDIS_PORT=7000\nKAFKA_PORT=\n")
    monkeypatch.setenv("WORKBOOK_ENV", str(tmp_path / ".env"))
    monkeypatch.delenv("REDIS_PORT", raising=False)
    monkeypatch.delenv("KAFKA_PORT", raising=False)
    assert settings.port("REDIS_PORT") == 7000
    assert settings.port("KAFKA_PORT") == 9092
    monkeypatch.setenv("REDIS_PORT", "7001")
    assert settings.port("REDIS_PORT") == 7001


@pytest.mark.parametrize("value", ["0", "65536", "many", "-1"])
def test_what_is_no_port_is_said(monkeypatch, value):
    monkeypatch.setenv("REDIS_PORT", value)
    with pytest.raises(BrokerError, match=f"REDIS_PORT={value} is no port"):
        settings.port("REDIS_PORT")


def test_writing_keeps_other_lines(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_ENV", str(tmp_path / ".env"))
    (tmp_path / ".env").write_text("# mine\nREDIS_PORT=1\nOTHER=x\n")
    settings.write({"REDIS_PORT": 6380})
    assert (tmp_path / ".env").read_text() == "# mine\nOTHER=x\nREDIS_PORT=6380\n"
