"""Fetches Kafka's jars as locked (jgo, eight at a time) and refuses one whose SHA-256 differs; runs inside .venv."""

import hashlib
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.brokers import pins

from .say import SetupError


def verify(jar: Path, name: str, digest: str) -> None:
    """Raise SetupError, and remove the file, when its SHA-256 is not the locked one."""
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != digest:
        jar.unlink()
        raise SetupError(
            f"{name} is not what the lock says (SHA-256 {found}, expected {digest}); it was removed. "
            "Run the set-up again; if it happens again, something between here and the registry changes files."
        )


def fetch(repository: Path, libs: Path, progress=print) -> list[str]:
    """Fetch and verify every locked artifact into `libs`; the file names in class path order.

    Raises SetupError for one that cannot be had or does not match.
    """
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=repository, timeout=60)
    locked, done = pins.jars(), []

    def one(entry: tuple[str, str]) -> str:
        coordinates, digest = entry
        group, name, version, classifier = coordinates.split(":")
        try:
            found = context.project(group, name).at_version(version).artifact(classifier=classifier).resolve()
        except Exception as fault:
            raise SetupError(
                f"{group}:{name}:{version} could not be fetched ({fault}). Look at the network, then run it again."
            ) from fault
        verify(Path(found), coordinates, digest)
        target = libs / Path(found).name
        shutil.copyfile(found, target)
        done.append(target)
        if len(done) % 15 == 0:
            progress(f"{len(done)} of {len(locked)}")
        return target.name

    libs.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, locked))


def main() -> int:
    """`python -m helpers.setup.jars FOLDER`: fills FOLDER/libs and FOLDER/classpath."""
    folder = Path(sys.argv[1])
    try:
        names = fetch(folder.parent / "maven", folder / "libs", progress=lambda text: print(text, flush=True))
    except SetupError as fault:
        print(fault, file=sys.stderr)
        return 1
    (folder / "classpath").write_text("\n".join(names) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
