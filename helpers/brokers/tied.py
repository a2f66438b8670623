"""Processes that end with the one that started them, however that ends: nobody has to look for them afterwards."""

import os
import shutil
from collections.abc import Sequence

_UNLESS_TOO_LATE = '[ "$PPID" = "$0" ] || exit 1; exec "$@"'
"""The parent may be gone before the kernel is asked to watch it, and then nothing would ever come."""


def to_me(argv: Sequence[str]) -> list[str]:
    """The command, killed by the kernel when the thread that starts it is gone (prctl(2), PR_SET_PDEATHSIG).

    So start it from the main thread: a thread of a pool may end before its work does. Linux alone has it: elsewhere the command
    as it is.
    """
    if shutil.which("setpriv") is None:
        return list(argv)
    return ["setpriv", "--pdeathsig", "KILL", "/bin/sh", "-c", _UNLESS_TOO_LATE, str(os.getpid()), *argv]
