"""Unpacks Debian packages beside the system: read the archive, make links relative, bind programs to their own libraries."""

import io
import lzma
import os
import platform
import shutil
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import children
from .say import SetupError

SKIPPED = ("/usr/share/", "/gconv/", "/legal/", "_nocoops", "_coh.jsa", "/var/", "/usr/include/")
"""Paths that nothing needs at run time."""

FILTER = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}
"""Python 3.11.3 and older know no filters."""


def checked(command: list[str]):
    """Run a tool. Raises SetupError with its own words when it fails."""
    run = children.run(command)
    if run.returncode:
        raise SetupError(f"{Path(command[0]).name} failed on {command[-1]}: {(run.stderr or run.stdout).strip()[-300:]}")
    return run


def ar_member(archive: Path, prefix: str) -> tuple[str, bytes]:
    """Name and content of the first member whose name begins with `prefix` (ar(5); a .deb is one, deb(5)).

    Raises SetupError when the file is no archive, is cut short, or has no such member.
    """
    with open(archive, "rb") as file:
        if file.read(8) != b"!<arch>\n":
            raise SetupError(f"{archive.name} is no Debian package. Run the set-up again to fetch it anew.")
        while len(header := file.read(60)) == 60:
            if header[58:] != b"`\n":
                break
            name, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), int(header[48:58])
            if name.startswith(prefix):
                content = file.read(size)
                if len(content) == size:
                    return name, content
                break
            file.seek(size + size % 2, 1)
    raise SetupError(f"{archive.name} is damaged: no whole {prefix} in it. Run the set-up again to fetch it anew.")


def files_of(package: Path) -> bytes:
    """The tar archive with a package's files.

    Raises SetupError for a damaged package, or one packed in a way that Python 3.11 cannot read (Ubuntu's are, with zstd)
    and no dpkg-deb is there.
    """
    name, content = ar_member(package, "data.tar")
    if name.endswith(".xz"):
        return lzma.decompress(content)
    if name.endswith((".gz", ".tar")):
        return content
    if not shutil.which("dpkg-deb"):
        raise SetupError(f"{package.name} holds {name}, which needs dpkg-deb. Install the package dpkg.")
    run = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package)], stdin=subprocess.DEVNULL, capture_output=True)
    if run.returncode:
        raise SetupError(f"dpkg-deb failed on {package.name}: {run.stderr.decode(errors='replace').strip()[-300:]}")
    return run.stdout


def unpack(package: Path, root: Path) -> None:
    """Unpack the files of one package under `root`, without those that are never needed. Raises SetupError as `files_of`."""
    with tarfile.open(fileobj=io.BytesIO(files_of(package)), mode="r:*") as tar:
        for member in tar:
            if any(part in member.name for part in SKIPPED) or member.isdev():
                continue
            if ".." in Path(member.name).parts or member.name.startswith("/"):
                raise SetupError(f"{package.name} holds a file outside its tree: {member.name}. It was not unpacked.")
            tar.extract(member, root, **FILTER)


def unpack_all(packages: list[Path], root: Path) -> None:
    """Unpack packages two at a time, the largest first (decompression leaves the interpreter's lock)."""
    largest_first = sorted(packages, key=lambda package: -package.stat().st_size)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda package: unpack(package, root), largest_first))


def relocate(root: Path) -> int:
    """Make absolute links that point into the tree relative; returns how many there were."""
    changed = 0
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            link = os.path.join(folder, name)
            if not os.path.islink(link):
                continue
            target = os.readlink(link)
            if target.startswith("/") and os.path.lexists(f"{root}{target}"):
                os.unlink(link)
                os.symlink(os.path.relpath(f"{root}{target}", folder), link)
                changed += 1
    return changed


def is_elf(path: Path) -> bool:
    """Whether it is a regular file that holds a program or a library."""
    if path.is_symlink() or not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def patch(root: Path, patchelf: str, own_loader: bool) -> int:
    """Bind every program under `root` to the libraries unpacked beside it; returns how many.

    `own_loader` binds them to the C library unpacked beside them as well: without it, what was built for a newer one does
    not run. What was built for this machine keeps the machine's own. Paths become absolute: call it where the tree will stay.
    """
    triplet = f"{platform.machine()}-linux-gnu"
    folders = [folder for folder in (root / "usr/lib" / triplet, root / "lib" / triplet) if folder.is_dir()]
    libraries = [str(folder) for folder in folders if any(folder.glob("*.so*"))]
    loader = next((str(found) for folder in folders for found in folder.glob("ld-linux*.so.*")), None) if own_loader else None
    erlang = root / "usr/lib/erlang"
    candidates = [
        *erlang.glob("erts-*/bin/*"),
        *erlang.glob("lib/*/priv/**/*"),
        *(root / "usr/bin").glob("redis-*"),
        *root.glob("usr/lib/jvm/java-*/bin/java"),
        *root.glob("usr/lib/jvm/java-*/lib/jspawnhelper"),
    ]
    patched = 0
    for path in filter(is_elf, candidates):
        run = checked([patchelf, "--print-rpath", str(path)])
        search = ":".join(filter(None, [run.stdout.strip(), *libraries]))
        command = [patchelf, "--force-rpath", "--set-rpath", search]
        if loader and ".so" not in path.name:
            command += ["--set-interpreter", loader]
        checked([*command, str(path)])
        patched += 1
    return patched
