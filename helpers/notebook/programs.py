"""Where the learner's programs lie: saved whole or not at all, never overwritten without a copy where it matters."""

import os
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from helpers import paths
from helpers.bench.lab import Lab


@cache
def work() -> Path:
    """`work/`; a temporary folder when a test runs the notebook, so that a test never touches the learner's files."""
    if os.environ.get("PYTEST_CURRENT_TEST") and not os.environ.get("WORKBOOK_WORK"):
        return Path(tempfile.mkdtemp(prefix="workbook-"))
    return paths.WORK


def path(lab: Lab, role: str) -> Path:
    return work() / "labs" / lab.name / lab.file(role)


def save(lab: Lab, role: str, magic: str, cell: str) -> Path:
    """Write the cell's program. Its first line repeats the magic as a comment, so that line numbers in the file and in
    the cell are the same."""
    target = path(lab, role)
    write(target, f"# {magic}\n{cell}")
    return target


def write(target: Path, text: str) -> None:
    """Atomic: a reader sees the old text or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fd, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(fd, "w") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def keep(target: Path) -> Path | None:
    """Move the file aside under a dated name; None where there is none."""
    if not target.exists():
        return None
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    aside = target.with_name(f"{target.stem}.kept-{stamp}{target.suffix}")
    n = 1
    while aside.exists():
        n += 1
        aside = target.with_name(f"{target.stem}.kept-{stamp}-{n}{target.suffix}")
    os.replace(target, aside)
    return aside
