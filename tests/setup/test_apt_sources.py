"""Which archives the private apt reads, from what apt says on Ubuntu 24.04 and Debian 12; nobody else's get in."""

import pytest

from helpers import paths
from helpers.brokers import host, install, pins, provider
from helpers.setup import apt_sources, cache, debs, native
from helpers.setup.say import SetupError

NOBLE = host.parse('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n')
MINT = host.parse('ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=xia\nUBUNTU_CODENAME=noble\n')
BOOKWORM = host.parse('ID=debian\nVERSION_CODENAME=bookworm\n# ID_LIKE=nobody\n')
ARCHIVE, SECURITY = "http://archive.example/ubuntu", "http://security.example/ubuntu"
KEYRING = "/usr/share/keyrings/ubuntu-archive-keyring.gpg"

UBUNTU_SOURCES = f"""# Ubuntu sources have moved
Types: deb
URIs: {ARCHIVE}/
Suites: noble noble-updates noble-backports
Components: main restricted universe
Signed-By: {KEYRING}

Types: deb
URIs: {SECURITY}/
Suites: noble-security
Components: main restricted universe
# security
Signed-By: {KEYRING}
"""

TWO_STANZAS = "Types: deb\nSigned-By: /k/a.gpg /k/b.gpg\n\n\nTypes: deb\nSigned-By:\n /k/c.gpg\nURIs: x\n"
KEY = ["-----BEGIN PGP PUBLIC KEY BLOCK-----", "", "mQINBF", "-----END PGP PUBLIC KEY BLOCK-----"]


def line(site, release, component, entry, origin="", codename="", created_by="Packages", target_of="deb"):
    """A line as `apt-get indextargets` prints it; without an origin as where no Release file was read yet."""
    facts = (origin, origin, codename or release) if origin else ("$(ORIGIN)", "$(LABEL)", "$(CODENAME)")
    return "|".join((created_by, target_of, site, release, component, entry, "$(SIGNED_BY)", *facts))


def ubuntu(folder, read=True):
    """What apt of Ubuntu 24.04 lists: the archive, and what people add to it."""
    sources = folder / "ubuntu.sources"
    sources.write_text(UBUNTU_SOURCES)
    mine, lines = "Ubuntu" if read else "", []
    for component in ("main", "restricted", "universe"):
        for release in ("noble", "noble-updates", "noble-backports"):
            lines.append(line(ARCHIVE, release, component, f"{sources}:1", mine, "noble"))
        lines.append(line(SECURITY, "noble-security", component, f"{sources}:2", mine, "noble"))
    lines += [
        line(ARCHIVE, "noble", "main", f"{sources}:1", mine, "noble"),  # for i386 once more
        line(ARCHIVE, "noble", "main", f"{sources}:1", mine, "noble", created_by="DEP-11"),
        line(ARCHIVE, "noble", "main", f"{sources}:1", mine, "noble", created_by="CNF"),
        line(ARCHIVE, "noble", "main", f"{sources}:1", mine, "noble", created_by="Sources", target_of="deb-src"),
    ]
    if read:
        lines += [
            line(ARCHIVE, "noble-proposed", "main", f"{sources}:1", mine, "noble"),
            line("http://ppa.example", "noble", "main", "/etc/apt/p.sources:1", "LP-PPA-rabbitmq", "noble"),
            line("http://docker.example", "noble", "stable", "/etc/apt/d.list:1", "Docker", "noble"),
            line("http://esm.example", "noble-apps-security", "main", "/etc/apt/e.sources:1", "UbuntuESMApps", "noble"),
        ]
    return apt_sources.parse("\n".join(lines))


@pytest.mark.parametrize("read", [True, False], ids=["after apt-get update", "before any apt-get update"])
def test_ubuntu_gives_its_own_release_with_all_components_and_the_keyring_of_its_sources(tmp_path, read):
    options = f"[target=Packages arch=amd64 signed-by={KEYRING}]"
    assert apt_sources.own_lines(NOBLE, ubuntu(tmp_path, read), tmp_path, "amd64") == [
        f"deb {options} {ARCHIVE} noble main restricted universe",
        f"deb {options} {ARCHIVE} noble-updates main restricted universe",
        f"deb {options} {SECURITY} noble-security main restricted universe",
    ]


def test_a_child_of_ubuntu_reads_what_it_is_built_on(tmp_path):
    own = "http://mint.example"
    known = [*apt_sources.parse(line(own, "xia", "main", "/x.list:1", "linuxmint", "xia")), *ubuntu(tmp_path)]
    assert {each.site for each in apt_sources.own(MINT, known)} == {own, ARCHIVE, SECURITY}


def test_debian_12_gives_its_own_release_and_no_backports(tmp_path):
    sources = tmp_path / "debian.sources"
    sources.write_text("Types: deb\nURIs: http://m/debian\nSuites: bookworm\nComponents: main\nSigned-By: /k/debian.gpg\n")
    rows = [("bookworm", "bookworm"), ("bookworm-updates", "bookworm-updates"), ("bookworm-backports", "bookworm-backports")]
    lines = [line("http://m/debian", release, "main", f"{sources}:1", "Debian", codename) for release, codename in rows]
    known = apt_sources.parse("\n".join(lines))
    options = "[target=Packages arch=arm64 signed-by=/k/debian.gpg]"
    assert apt_sources.own_lines(BOOKWORM, known, tmp_path, "arm64") == [
        f"deb {options} http://m/debian bookworm main", f"deb {options} http://m/debian bookworm-updates main",
    ]  # fmt: skip


def test_stable_in_the_sources_is_known_by_its_codename():
    known = apt_sources.parse(line("http://m", "oldstable", "main", "/x.list:1", "Debian", "bookworm"))
    assert apt_sources.own(BOOKWORM, known) == known


def test_debian_unstable_is_nobodys_codename_and_found_by_its_origin():
    lines = [line("http://m", name, "main", "/x.list:1", "Debian", "sid") for name in ("sid", "experimental")]
    known = apt_sources.parse("\n".join(lines))
    assert [each.release for each in apt_sources.own(host.parse("ID=debian\nVERSION_CODENAME=forky"), known)] == ["sid"]


def test_another_release_beside_the_own_one_is_left_out():
    rows = [("bookworm", "bookworm"), ("sid", "sid")]
    known = apt_sources.parse("\n".join(line("http://m", *row[:1], "main", "/x.list:1", "Debian", row[1]) for row in rows))
    assert [each.release for each in apt_sources.own(BOOKWORM, known)] == ["bookworm"]


def test_no_archive_of_ones_own_is_told(tmp_path):
    known = apt_sources.parse(line("http://docker.example", "noble", "stable", "/d.list:1", "Docker", "noble"))
    with pytest.raises(SetupError, match="Ubuntu noble.*apt-get update.*(?s:.*)Docker"):
        apt_sources.own_lines(NOBLE, known, tmp_path, "amd64")


@pytest.mark.parametrize(
    ("name", "text", "number", "expected"),
    [
        ("a.list", "# old\ndeb [arch=amd64 signed-by=/k/a.gpg] http://m noble main\n", 2, "/k/a.gpg"),
        ("a.list", "deb http://m noble main\n", 1, ""),
        ("a.sources", TWO_STANZAS, 1, "/k/a.gpg /k/b.gpg"),
        ("a.sources", TWO_STANZAS, 2, "/k/c.gpg"),
        ("a.sources", "Types: deb\n", 4, ""),
    ],
)
def test_signed_by_is_read_where_apt_does_not_print_it(tmp_path, name, text, number, expected):
    (tmp_path / name).write_text(text)
    assert apt_sources.signed_by(f"{tmp_path / name}:{number}") == expected


def test_an_embedded_key_is_written_out_for_apt(tmp_path):
    sources = tmp_path / "x.sources"
    sources.write_text("Types: deb\nSigned-By:\n" + "".join(f" {text or '.'}\n" for text in KEY) + "URIs: x\n")
    target = apt_sources.Target("http://m", "noble", "main", f"{sources}:1")
    file = apt_sources.keyring(target, NOBLE, tmp_path)
    assert file.endswith(".asc")
    with open(file) as lines:
        assert lines.read().splitlines() == KEY


def test_without_signed_by_the_archive_keyring_is_used_where_there_is_one(tmp_path, monkeypatch):
    target = apt_sources.Target("http://m", "noble", "main", "/nowhere.list:1", origin="Ubuntu")
    monkeypatch.setattr(apt_sources, "KEYRINGS", tmp_path)
    assert apt_sources.keyring(target, NOBLE, tmp_path) == ""
    (tmp_path / "ubuntu-archive-keyring.gpg").touch()
    assert apt_sources.keyring(target, MINT, tmp_path) == str(tmp_path / "ubuntu-archive-keyring.gpg")


def test_debian_suites_come_from_the_machines_own_mirrors(tmp_path):
    known = apt_sources.parse("\n".join([
        line("http://docker.example", "bookworm", "stable", "/d.list:1"),
        line("http://m/debian", "bookworm", "main", "/x.list:1"),
        line("http://m/debian-security", "bookworm-security", "main", "/x.list:2"),
    ]))  # fmt: skip
    stable = apt_sources.debian_lines("stable", BOOKWORM, known, "amd64")
    assert [text.split("] ")[1] for text in stable] == [
        "http://m/debian stable main", "http://m/debian-security stable-security main",
    ]  # fmt: skip
    with pytest.raises(SetupError, match="no Debian mirror"):
        apt_sources.debian_lines("stable", NOBLE, ubuntu(tmp_path), "amd64")


def test_a_machine_without_apt_is_sent_to_docker(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="apt-get is not on this machine.*Docker"):
        apt_sources.targets()
    assert not debs.reachable()


@pytest.mark.parametrize(
    ("text", "engine", "runs_in", "suites"),
    [
        ("ID=debian\nVERSION_CODENAME=trixie", True, "native", ["testing", "stable", "own"]),
        ("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble", False, "native", ["own"]),
        ("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble", True, "compose", ["own"]),
        ("ID=fedora", False, "native", ["own"]),
    ],
)
def test_what_is_taken_where(tmp_path, monkeypatch, text, engine, runs_in, suites):
    file = tmp_path / "os-release"
    file.write_text(text)
    monkeypatch.setattr(host, "FILE", file)
    monkeypatch.setattr(provider, "engine_runs", lambda: engine)
    monkeypatch.setattr(provider, "choice_file", lambda: tmp_path / "provider")
    for name in ("BROKERS", "RABBITMQ_SUITE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORKBOOK_ENV", str(tmp_path / ".env"))
    assert (provider.chosen(), install.suites()) == (runs_in, suites)


def test_the_own_suite_is_kept_apart_by_release(monkeypatch, tmp_path):
    file = tmp_path / "os-release"
    monkeypatch.setattr(host, "FILE", file)
    names = set()
    for codename in ("jammy", "noble"):
        file.write_text(f"ID=ubuntu\nVERSION_CODENAME={codename}")
        names |= {install.debian_folder("own"), install.Debian(tmp_path, "own", {}).data}
        assert install.title("own") == f"Ubuntu {codename}"
        assert install.source(str(install.debian_folder("own") / "root/usr/bin/redis-check-rdb")) == f"Ubuntu {codename}"
    assert len(names) == 4
    assert install.source("/usr/bin/redis-check-rdb") == ""


class Plan:
    """Stands for apt's answer to what the brokers need."""

    def __init__(self, *names):
        self.names = list(names)

    def closure(self, names):
        assert {"redis-server", "rabbitmq-server"} <= set(names)
        return self.names

    def available(self, names):
        return names[0]


def test_the_brokers_are_fetched_whatever_is_installed_and_libraries_where_they_are_not(monkeypatch):
    libraries = ["libc6", "libssl3t64", "libjemalloc2", "lua-cjson"]
    needed = [*libraries, "adduser", "cron", "redis-tools", "redis-server", "erlang-base"]
    monkeypatch.setattr(debs, "installed", lambda: {"libc6", "libssl3t64", "redis-server", "redis-tools", "erlang-base"})
    assert native.own_packages(Plan(*needed)) == ["libjemalloc2", "lua-cjson", "redis-tools", "redis-server", "erlang-base"]
    monkeypatch.setattr(debs, "installed", set)
    with pytest.raises(SetupError, match="libc6"):
        native.own_packages(Plan(*needed))


def test_a_word_about_the_versions_where_they_differ(capsys):
    line = pins.versions()["lines"]["redis"]
    native.note_versions("Ubuntu noble", {"rabbitmq-server": "3.12.1", "redis-server": f"{line}.9"})
    said = capsys.readouterr().out
    assert "Ubuntu noble has RabbitMQ 3.12.1" in said and "Redis" not in said


def test_the_next_suite_is_taken_where_one_cannot_be_had_and_each_is_named(tmp_path, monkeypatch, capsys):
    file = tmp_path / "os-release"
    file.write_text("ID=debian\nVERSION_CODENAME=bookworm")
    monkeypatch.setattr(host, "FILE", file)
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("WORKBOOK_ENV", str(tmp_path / ".env"))
    monkeypatch.delenv("RABBITMQ_SUITE", raising=False)
    served = {"own"}

    def fetch(suite):
        if suite not in served:
            raise SetupError(f"apt-get update failed:\n404 {suite} is not served\nlook at the network")
        install.debian_folder(suite).mkdir(parents=True)

    monkeypatch.setattr(native, "fetch_debian", fetch)
    monkeypatch.setattr(native, "patch_debian", lambda suite: cache.finish(install.debian_folder(suite), {"versions": {}}))
    native.make_debian(lambda: None)
    said = capsys.readouterr().out
    assert "Debian testing cannot be used: apt-get update failed: 404 testing is not served; trying Debian stable" in said
    assert "trying Debian bookworm" in said
    assert install.debian().suite == "own" and native.debian_is_whole()
    cache.discard(install.debian_folder("own"))
    served.clear()
    with pytest.raises(SetupError, match="404 testing"):
        native.make_debian(lambda: None)
