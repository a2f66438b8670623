"""Fetches packages with the machine's own apt, mirrors and keyring, in a private state: no root, nothing installed."""

import os
import re
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from helpers import paths
from helpers.brokers import install

from . import apt_sources, children
from .say import SetupError, megabytes, say


@dataclass
class Apt:
    """A private apt: own lists, own cache, an empty status file, one suite; signatures checked as everywhere."""

    suite: str
    folder: Path

    @classmethod
    def of(cls, suite: str) -> "Apt":
        """Prepare the private state for a suite of `install.suites()`. Raises SetupError where apt knows no archive of it."""
        known = apt_sources.targets()
        folder = paths.CACHE / f"apt-{install.release(suite)}"
        for name in ("state/lists/partial", "cache/archives/partial", "packages"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        found = cls(suite, folder)
        found._write(known)
        return found

    def _write(self, known: list[apt_sources.Target]) -> None:
        lines = apt_sources.lines(self.suite, self.folder, architecture(), known)
        (self.folder / "sources.list").write_text("\n".join(lines) + "\n")

    def _command(self, *arguments: str) -> list[str]:
        return ["apt-get", "-qq", *options(self.folder), *arguments]

    def _run(self, *arguments: str, cwd: str = "packages") -> str:
        run = children.run(self._command(*arguments), cwd=self.folder / cwd, env={**os.environ, "LC_ALL": "C"})
        if run.returncode or (arguments[0] == "update" and re.search(r"^(W|E): (Failed|Some)", run.stderr, re.M)):
            command = next(word for word in arguments if not word.startswith("-"))
            raise SetupError(f"apt-get {command} ({install.title(self.suite)}) failed:\n{explain(run.stderr)}")
        return run.stdout

    def update(self) -> None:
        """Read the suite's lists."""
        say("packages", f"reading the list of {install.title(self.suite)}")
        self._run("update")
        if self.suite == install.OWN:
            # now every origin is known: archives of other makers that bear the release's name are left out
            self._write(apt_sources.targets(*options(self.folder)))

    def available(self, names: list[str]) -> str | None:
        """The first of these packages that the suite has."""
        have = set(children.run(["apt-cache", *options(self.folder), "pkgnames"]).stdout.split())
        return next((name for name in names if name in have), None)

    def closure(self, names: list[str]) -> list[str]:
        """These packages and those that they depend on, as apt resolves it from nothing.

        Raises SetupError with apt's words when the suite does not have them.
        """
        plan = self._run("-s", "--no-install-recommends", "install", *names)
        return re.findall(r"^Inst (\S+)", plan, re.M)

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


def options(folder: Path) -> list[str]:
    """Options that keep apt to a folder: its lists, cache, empty status and sources.list, none of the machine's preferences."""
    values = {
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Default-Release": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "1",
    }
    return [text for name, value in values.items() for text in ("-o", f"{name}={value}")]


def architecture() -> str:
    """Debian's name for this machine's architecture, such as amd64."""
    return children.run(["dpkg", "--print-architecture"]).stdout.strip()


def installed() -> set[str]:
    """Names of the packages that are installed on this machine for its own architecture."""
    form = "${db:Status-Status} ${Architecture} ${Package}\n"
    rows = [line.split() for line in children.run(["dpkg-query", "-W", "-f", form]).stdout.splitlines()]
    mine = (architecture(), "all")
    return {row[2] for row in rows if len(row) == 3 and row[0] == "installed" and row[1] in mine}


def reachable() -> bool:
    """Whether the mirror answers apt; only the signed Release files are asked for, in a scratch state."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        try:
            known = apt_sources.targets()
            lines = apt_sources.lines(install.suites()[0], folder, architecture(), known)
        except SetupError:
            return False
        # no index goes by that name, so none is fetched (sources.list(5), "Targets")
        (folder / "sources.list").write_text("".join(line.replace("target=Packages", "target=none") + "\n" for line in lines))
        quick = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=5", "-o", "Acquire::https::Timeout=5"]
        run = children.run(["apt-get", "-q", *options(folder), *quick, "update"], env={**os.environ, "LC_ALL": "C"})
        return run.returncode == 0 and "Failed to fetch" not in run.stdout + run.stderr


def explain(stderr: str) -> str:
    """apt's own words, and the next step where the cause is known."""
    words = "\n".join(line for line in stderr.strip().splitlines()[-6:])
    if "No space left" in stderr:
        return f"{words}\nThe disk is full: free some space, or set WORKBOOK_CACHE to a folder on a larger disk."
    if re.search(r"Temporary failure resolving|Could not (resolve|connect)|Failed to fetch|Unable to connect", stderr):
        return f"{words}\nThe package mirror does not answer: look at the network or the proxy, then run it again."
    if "Unable to locate package" in stderr or "has no installation candidate" in stderr:
        return (f"{words}\nThe archives that apt knows here do not have it. Ubuntu keeps it in universe: "
                f"add-apt-repository universe (as root), then run it again. Else: {apt_sources.DOCKER}")  # fmt: skip
    if "NO_PUBKEY" in stderr or "not signed" in stderr:
        return (f"{words}\nThe keyring is too old: apt-get install debian-archive-keyring (on Ubuntu: ubuntu-keyring) as root, "
                "then run it again.")  # fmt: skip
    return words


def version_of(package: Path) -> tuple[str, str]:
    """Name and upstream version of a package file, from its name: `rabbitmq-server_4.3.6-1_all.deb`."""
    name, version = package.name.split("_")[:2]
    version = re.sub(r"%3a", ":", version, flags=re.I).split(":")[-1]
    return name, version.rsplit("-", 1)[0]
