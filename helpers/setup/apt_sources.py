"""Which archives the private apt reads: Debian's testing or stable, or the very ones that this machine was installed from."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers.brokers import host, install, pins

from . import children
from .say import SetupError

DOCKER = "Install Docker with compose and start it; it is then taken by itself (BROKERS=compose in .env says so by hand)."
FIELDS = ("CREATED_BY", "TARGET_OF", "SITE", "RELEASE", "COMPONENT", "SOURCESENTRY", "SIGNED_BY", "ORIGIN", "LABEL", "CODENAME")
FORMAT = "|".join(f"$({name})" for name in FIELDS)
KEYRINGS = Path("/usr/share/keyrings")
OWN_SUFFIXES = ("", "-updates", "-security")
STRANGE = re.compile("backports|proposed|experimental")
"""What lies beside a release and does not belong to it."""


@dataclass(frozen=True)
class Target:
    """One index of packages that apt knows here; `origin` and what follows are empty until its Release file was read."""

    site: str
    release: str
    component: str
    entry: str
    """File and number of the entry, such as `/etc/apt/sources.list.d/ubuntu.sources:1`."""
    signed_by: str = ""
    origin: str = ""
    label: str = ""
    codename: str = ""

    @property
    def is_security(self) -> bool:
        return "security" in self.release or self.label == "Debian-Security"


def parse(text: str) -> list[Target]:
    """Targets of binary packages from the output of `apt-get indextargets --format FORMAT`, each once.

    A field that apt does not know stands there as its own name, `$(SIGNED_BY)`: it counts as empty.
    """
    found = {}
    for line in text.splitlines():
        created_by, target_of, *rest = ["" if word.startswith("$(") else word for word in line.split("|")]
        if created_by == "Packages" and target_of == "deb" and len(rest) == len(FIELDS) - 2:
            target = Target(*rest)
            found.setdefault((target.site, target.release, target.component, target.entry), target)
    return list(found.values())


def targets(*options: str) -> list[Target]:
    """What apt knows here; with `-o` options, what it knows under them. Raises SetupError without apt."""
    if not shutil.which("apt-get"):
        raise SetupError(f"apt-get is not on this machine, so the brokers cannot be fetched without Docker. {DOCKER}")
    command = ["apt-get", *options, "indextargets", "--format", FORMAT]
    # the Release files say whose archives these are; where `apt-get update` never ran there are none
    every, read = (
        {(each.site, each.release, each.component): each for each in parse(children.run([*command, *more]).stdout)}
        for more in (["--no-release-info"], [])
    )
    return [read.get(key, each) for key, each in every.items()]


def debian_lines(suite: str, machine: host.Host, known: Iterable[Target], architecture: str) -> list[str]:
    """Lines of sources.list for a suite of Debian, from the mirrors that this machine uses."""
    keyring = Path(pins.versions()["debian"]["keyring"])
    if not keyring.exists():
        raise SetupError(
            f"{keyring} is missing, so packages cannot be verified. "
            "Install it: apt-get install debian-archive-keyring (as root)."
        )
    main = [each for each in known if each.component == "main" and each.origin in ("Debian", "")]
    plain = [each.site for each in main if not each.is_security and "-" not in each.release
             and (each.origin or each.release in machine.codenames)]  # fmt: skip
    security = [each.site for each in main if each.is_security]
    if not plain:
        raise SetupError(
            "apt on this machine lists no Debian mirror (is this Debian, and has `apt-get update` run?). "
            f"Run `apt-get update` as root once. On another system: {DOCKER}"
        )
    options = f"target=Packages arch={architecture} signed-by={keyring}"
    found = [f"deb [{options}] {plain[0]} {suite} main"]
    if suite == "stable" and security:
        found.append(f"deb [{options}] {security[0]} stable-security main")
    return found


def own(machine: host.Host, known: Iterable[Target]) -> list[Target]:
    """Those targets that make up the release this machine was installed from, with its updates; nobody else's archives.

    A target whose origin is not known yet is taken by its release alone: look again after `update`.
    """
    mine = [each for each in known if not each.origin or each.origin.lower() in machine.origins]
    by_name = [each for each in mine if _is_of(machine.codenames, each)]
    # Debian unstable calls itself by the codename of testing, and is in nobody's list under that name
    return by_name or [each for each in mine if each.origin and not STRANGE.search(each.release)]


def _is_of(codenames: tuple[str, ...], target: Target) -> bool:
    names = [name + suffix for name in codenames for suffix in OWN_SUFFIXES]
    # `stable` in a sources.list is bookworm by the Release file's word
    return target.release in names or target.codename in names and not STRANGE.search(target.release)


def own_lines(machine: host.Host, known: Iterable[Target], folder: Path, architecture: str) -> list[str]:
    """Lines of sources.list for this machine's own release, all of its components. Embedded keys are written to `folder`.

    Raises SetupError where apt knows no such archive.
    """
    mine = own(machine, known)
    if not mine:
        raise SetupError(
            f"apt on this machine lists no archive of {machine.title}. Run `apt-get update` as root once, and look at "
            f"/etc/apt/sources.list.d. Without such an archive: {DOCKER}"
        )
    lines: dict[tuple[str, str, str], list[str]] = {}
    for each in mine:
        options = f"target=Packages arch={architecture}"
        if keys := keyring(each, machine, folder):
            options += f" signed-by={keys}"
        lines.setdefault((options, each.site, each.release), []).append(each.component)
    return [f"deb [{options}] {site} {release} {' '.join(names)}" for (options, site, release), names in lines.items()]


def keyring(target: Target, machine: host.Host, folder: Path) -> str:
    """The keys that the archive must be signed with: as the machine's sources say, else the distribution's archive keyring.

    Empty where there is neither: apt then asks the keys that this machine trusts for every archive.
    """
    said = target.signed_by or signed_by(target.entry)
    if "BEGIN PGP" in said:
        file = folder / f"{re.sub(r'[^a-zA-Z0-9]+', '-', target.entry).strip('-')}.asc"
        file.write_text(said)
        return str(file)
    if said:
        return said.replace(" ", ",")
    distribution = target.origin.lower() or machine.name
    usual = KEYRINGS / f"{distribution}-archive-keyring.gpg"
    return str(usual) if usual.exists() else ""


def signed_by(entry: str) -> str:
    """`Signed-By` of an entry of the machine's sources: path, fingerprints, or an embedded key; empty where there is none.

    sources.list(5): a line of a `.list` is found by its number, a stanza of a `.sources` by its place.
    """
    name, _, number = entry.rpartition(":")
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    if not name.endswith(".sources"):
        lines = text.splitlines()
        line = lines[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(lines) else ""
        found = re.search(r"\[[^]]*\bsigned-by=([^\s\]]+)", line, re.I)
        return found[1] if found else ""
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    stanzas = [stanza for stanza in re.split(r"\n\s*\n", plain) if stanza.strip()]
    stanza = stanzas[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(stanzas) else ""
    found = re.search(r"^Signed-By:(.*(?:\n[ \t].*)*)", stanza, re.M | re.I)
    if not found:
        return ""
    # a continued line begins with a space, an empty one is written as a dot (deb822(5))
    lines = [line.strip() for line in found[1].splitlines()]
    return "\n".join("" if line == "." else line for line in lines).strip()


def lines(suite: str, folder: Path, architecture: str, known: Iterable[Target]) -> list[str]:
    """Lines of sources.list for a suite of `install.suites()`."""
    if suite == install.OWN:
        return own_lines(host.this(), known, folder, architecture)
    return debian_lines(suite, host.this(), known, architecture)
