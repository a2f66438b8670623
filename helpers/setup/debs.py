"""Fetches Debian packages with the host's own apt, mirror and keyring, in a private state: no root, nothing installed."""

import os
import re
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from helpers import paths
from helpers.brokers import pins

from . import children
from .say import SetupError, megabytes, say


def sources() -> tuple[str, str | None]:
    """The host's own Debian mirror and security mirror, as its apt knows them.

    Raises SetupError without apt, or on a host that is not Debian.
    """
    if not shutil.which("apt-get"):
        raise SetupError(
            "apt-get is not on this machine, so the brokers cannot be fetched without Docker. "
            "Install Docker and set BROKERS=compose in .env."
        )
    run = children.run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(SITE)|$(RELEASE)"])
    plain, security = None, None
    for line in run.stdout.splitlines():
        origin, label, site, release = (line.split("|") + ["", "", ""])[:4]
        if "security" in release or label == "Debian-Security":
            security = security or site
        elif origin == "Debian" and "-" not in release:
            plain = plain or site
    if plain is None:
        raise SetupError(
            "apt on this machine lists no Debian mirror (is this Debian, and has `apt-get update` run?). "
            "Run `apt-get update` as root once; on another system install Docker and set BROKERS=compose in .env."
        )
    return plain, security


@dataclass
class Apt:
    """A private apt: own lists, own cache, an empty status file, one suite; signatures checked as everywhere."""

    suite: str
    folder: Path

    @classmethod
    def of(cls, suite: str) -> "Apt":
        """Prepare the private state for a suite."""
        keyring = Path(pins.versions()["debian"]["keyring"])
        if not keyring.exists():
            raise SetupError(
                f"{keyring} is missing, so packages cannot be verified. "
                "Install it: apt-get install debian-archive-keyring (as root)."
            )
        site, security = sources()
        folder = paths.CACHE / f"apt-{suite}"
        for name in ("state/lists/partial", "cache/archives/partial", "packages"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        lines = [f"deb [signed-by={keyring}] {site} {suite} main"]
        if suite == "stable" and security:
            lines.append(f"deb [signed-by={keyring}] {security} stable-security main")
        (folder / "sources.list").write_text("\n".join(lines) + "\n")
        return cls(suite, folder)

    def _command(self, *arguments: str) -> list[str]:
        options = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "Acquire::Retries": "2",
            "APT::Sandbox::User": "",
            "Debug::NoLocking": "1",
        }
        flags = [text for name, value in options.items() for text in ("-o", f"{name}={value}")]
        return ["apt-get", "-qq", *flags, *arguments]

    def _run(self, *arguments: str, cwd: str = "packages") -> str:
        run = children.run(self._command(*arguments), cwd=self.folder / cwd, env={**os.environ, "LC_ALL": "C"})
        if run.returncode or (arguments[0] == "update" and re.search(r"^(W|E): (Failed|Some)", run.stderr, re.M)):
            raise SetupError(f"apt-get {arguments[0]} ({self.suite}) failed:\n{explain(run.stderr)}")
        return run.stdout

    def update(self) -> None:
        """Read the suite's lists."""
        say("packages", f"reading the list of Debian {self.suite}")
        self._run("update")

    def codename(self) -> str:
        """What the suite is called now, such as forky."""
        return self._run("indextargets", "--format", "$(CODENAME)").split("\n")[0]

    def download(self, names: list[str]) -> list[Path]:
        """Fetch packages; those that are there already in the current version are not fetched again."""
        folder = self.folder / "packages"
        # asked where no package lies, for apt leaves out those that are there
        links = self._run("download", "--print-uris", *names, cwd="state").splitlines()
        wanted = {Path(line.split("'")[2].split()[0]): int(line.split()[2]) for line in links if line.startswith("'")}
        for old in folder.glob("*.deb"):
            if Path(old.name) not in wanted:
                old.unlink()
        total, done = sum(wanted.values()), threading.Event()

        def report() -> None:
            while not done.wait(3):
                have = [file for file in folder.glob("*.deb*") if file.exists()]
                size = sum(file.stat().st_size for file in have)
                say("packages", f"{len(have)} of {len(wanted)}, {megabytes(size)} of {megabytes(total)}")

        say("packages", f"fetching {len(wanted)} packages, {megabytes(total)}")
        watcher = threading.Thread(target=report, daemon=True)
        watcher.start()
        try:
            self._run("download", *names)
        finally:
            done.set()
        found = [folder / name for name in wanted]
        missing = [file.name for file in found if not file.exists()]
        if missing:
            raise SetupError(f"apt-get did not bring {', '.join(missing)}. Run the set-up again.")
        return found


def reachable() -> bool:
    """Whether the host's Debian mirror answers apt; only an index of a few kilobytes is asked for, in a scratch state."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            site, _ = sources()
        except SetupError:
            return False
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        keyring = pins.versions()["debian"]["keyring"]
        (folder / "sources.list").write_text(f"deb [signed-by={keyring}] {site} stable-updates main\n")
        options = {"Dir::State": folder, "Dir::State::lists": folder / "lists", "Dir::Cache": folder / "cache",
                   "Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "-", "Acquire::Retries": "0",
                   "Acquire::http::Timeout": "5", "Acquire::https::Timeout": "5", "APT::Sandbox::User": ""}  # fmt: skip
        flags = [text for name, value in options.items() for text in ("-o", f"{name}={value}")]
        run = children.run(["apt-get", "-q", *flags, "update"], env={**os.environ, "LC_ALL": "C"})
        return run.returncode == 0 and "Failed to fetch" not in run.stdout + run.stderr


def explain(stderr: str) -> str:
    """apt's own words, and the next step where the cause is known."""
    words = "\n".join(line for line in stderr.strip().splitlines()[-6:])
    if "No space left" in stderr:
        return f"{words}\nThe disk is full: free some space, or set WORKBOOK_CACHE to a folder on a larger disk."
    if re.search(r"Temporary failure resolving|Could not (resolve|connect)|Failed to fetch|Unable to connect", stderr):
        return f"{words}\nThe package mirror does not answer: look at the network or the proxy, then run it again."
    if "NO_PUBKEY" in stderr or "not signed" in stderr:
        return f"{words}\nThe keyring is too old: apt-get install debian-archive-keyring (as root), then run it again."
    return words


def version_of(package: Path) -> tuple[str, str]:
    """Name and upstream version of a package file, from its name: `rabbitmq-server_4.3.6-1_all.deb`."""
    name, version = package.name.split("_")[:2]
    version = re.sub(r"%3a", ":", version, flags=re.I).split(":")[-1]
    return name, version.rsplit("-", 1)[0]
