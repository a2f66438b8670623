"""A jar that is not what the lock says is refused and removed."""

import hashlib

import pytest

from helpers.brokers import pins
from helpers.setup import jars
from helpers.setup.say import SetupError


def test_a_checksum_that_differs_is_refused(tmp_path):
    jar = tmp_path / "kafka.jar"
    jar.write_bytes(b"right")
    jars.verify(jar, "g:a:1:", hashlib.sha256(b"right").hexdigest())
    jar.write_bytes(b"wrong")
    with pytest.raises(SetupError, match="g:a:1:.*removed"):
        jars.verify(jar, "g:a:1:", hashlib.sha256(b"right").hexdigest())
    assert not jar.exists()


def test_the_lock_is_whole():
    locked = pins.jars()
    assert len(locked) == len({name for name, _ in locked}) > 40
    assert all(len(digest) == 64 and int(digest, 16) for _, digest in locked)
    assert f"org.apache.kafka:kafka_2.13:{pins.versions()['lines']['kafka']}:" in dict(locked)
