"""Debian packages are read by our own code: on a made package, and on damaged ones."""

import io
import os
import shutil
import subprocess
import tarfile

import pytest

from helpers.setup import debs, unpack
from helpers.setup.say import SetupError


def deb(path, members, suffix="xz"):
    """Write a package with these files (a link where the content begins with `->`)."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{suffix}") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            if content.startswith("->"):
                entry.type, entry.linkname = tarfile.SYMTYPE, content[2:]
                tar.addfile(entry)
            else:
                entry.size, entry.mode = len(content), 0o755
                tar.addfile(entry, io.BytesIO(content.encode()))
    parts = [("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), (f"data.tar.{suffix}", data.getvalue())]
    with open(path, "wb") as file:
        file.write(b"!<arch>\n")
        for name, content in parts:
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2))
    return path


@pytest.mark.parametrize("suffix", ["xz", "gz"])
def test_a_made_package_is_unpacked(tmp_path, suffix):
    package = deb(tmp_path / "a_1_all.deb", {"./usr/bin/run": "#!/bin/sh\n", "./usr/share/doc/a": "never needed"}, suffix)
    unpack.unpack(package, tmp_path / "root")
    assert (tmp_path / "root/usr/bin/run").read_text() == "#!/bin/sh\n"
    assert os.access(tmp_path / "root/usr/bin/run", os.X_OK)
    assert not (tmp_path / "root/usr/share").exists()


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="no dpkg-deb on this machine")
def test_a_package_packed_as_ubuntu_does_is_unpacked_alike(tmp_path):
    (tmp_path / "made/DEBIAN").mkdir(parents=True)
    control = "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: a\n"
    (tmp_path / "made/DEBIAN/control").write_text(control)
    for name in ("usr/bin/run", "usr/share/doc/a"):
        (tmp_path / "made" / name).parent.mkdir(parents=True)
        (tmp_path / "made" / name).write_text(name)
    package = tmp_path / "a_1_all.deb"
    made = subprocess.run(["dpkg-deb", "-Zzstd", "-b", str(tmp_path / "made"), str(package)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert unpack.ar_member(package, "data.tar")[0] == "data.tar.zst"
    unpack.unpack(package, tmp_path / "root")
    assert (tmp_path / "root/usr/bin/run").read_text() == "usr/bin/run" and not (tmp_path / "root/usr/share/doc").exists()
    package.write_bytes(package.read_bytes().replace(b"data.tar.zst", b"data.tar.zz "))
    with pytest.raises(SetupError, match="a_1_all.deb"):
        unpack.unpack(package, tmp_path / "root")


def test_absolute_links_become_relative(tmp_path):
    root = tmp_path / "root"
    unpack.unpack(deb(tmp_path / "a.deb", {"./etc/java/cfg": "x", "./usr/lib/cfg": "->/etc/java/cfg", "./usr/lib/out": "->/etc/passwd-"}), root)
    assert unpack.relocate(root) == 1
    assert os.readlink(root / "usr/lib/cfg") == "../../etc/java/cfg" and (root / "usr/lib/cfg").read_text() == "x"
    assert os.readlink(root / "usr/lib/out") == "/etc/passwd-"


def test_a_file_outside_the_tree_is_refused(tmp_path):
    package = deb(tmp_path / "a.deb", {"../evil": "x"})
    with pytest.raises((SetupError, tarfile.TarError)):
        unpack.unpack(package, tmp_path / "root")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("keep", [0, 7, 60, 200])
def test_a_package_cut_short_is_told(tmp_path, keep):
    whole = deb(tmp_path / "a.deb", {"./a": "x" * 500})
    (tmp_path / "cut.deb").write_bytes(whole.read_bytes()[:keep])
    with pytest.raises(SetupError, match="cut.deb"):
        unpack.unpack(tmp_path / "cut.deb", tmp_path / "root")


def test_names_and_versions():
    from pathlib import Path

    assert debs.version_of(Path("rabbitmq-server_4.3.6-1_all.deb")) == ("rabbitmq-server", "4.3.6")
    assert debs.version_of(Path("erlang-base_1%3a29.1.1+dfsg-1_amd64.deb")) == ("erlang-base", "29.1.1+dfsg")


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("E: Failed to fetch x  Temporary failure resolving 'mirror'", "network"),
        ("E: Write error - No space left on device", "disk is full"),
        ("E: The repository is not signed. NO_PUBKEY 1234", "debian-archive-keyring"),
        ("E: Unable to locate package rabbitmq-server", "universe"),
    ],
)
def test_faults_of_apt_name_the_next_step(words, step):
    assert step in debs.explain(words)
