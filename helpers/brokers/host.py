"""Which system this machine runs, as os-release(5) says."""

from dataclasses import dataclass
from pathlib import Path

FILE = Path("/etc/os-release")


@dataclass(frozen=True)
class Host:
    """`name` is the `ID` of os-release, such as debian or ubuntu; `codename` names the release, such as noble."""

    name: str
    codename: str
    origins: tuple[str, ...]
    """The names under which the archives of this distribution, and of those that it descends from, may sign (lower case)."""
    codenames: tuple[str, ...]
    """The release's own codename, and those of the Ubuntu and Debian releases that it is built on."""

    @property
    def title(self) -> str:
        """`Ubuntu noble`, for people."""
        return f"{self.name.capitalize()} {self.codename}".strip()


def parse(text: str) -> Host:
    """A host from the text of its os-release."""
    fields = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            fields[name] = value.strip("\"'")
    codenames = [fields.get(f"{of}_CODENAME", "") for of in ("VERSION", "UBUNTU", "DEBIAN")]
    known = tuple(dict.fromkeys(filter(None, codenames)))
    name = fields.get("ID", "") or "linux"
    origins = (name, *fields.get("ID_LIKE", "").split())
    return Host(name.lower(), known[0] if known else "", tuple(each.lower() for each in origins), known)


def this() -> Host:
    """The machine that this runs on; a Host without a codename where it has no os-release (macOS)."""
    try:
        return parse(FILE.read_text(encoding="utf-8"))
    except OSError:
        return parse("")
