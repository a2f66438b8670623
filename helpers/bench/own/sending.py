"""Messages for a declared consumer: JSON from the bench, or whatever its owner's own command sends."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.bench import processes
from helpers.bench.cast import clean_environment
from helpers.bench.own import template
from helpers.bench.own.declaration import Declaration, Misfit

PATIENCE = 30.0
"""Seconds that `enqueue` has."""


def body(own: Declaration, order: Mapping[str, Any]) -> str:
    """The order as JSON, its id under the name that was declared."""
    return json.dumps({own.id if name == "id" else name: value for name, value in order.items()})


def enqueue(own: Declaration, given: Mapping[str, str], orders: Sequence[Mapping[str, Any]]) -> None:
    """Run the owner's command, with one order a line, as JSON, on its standard input. Raises Misfit where it fails."""
    command, env = template.command(own, own.enqueue, "enqueue").placed({**clean_environment(), **given})
    env = {**env, processes.MARKER: "enqueue", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command.argv, cwd=command.cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", process_group=0)
    lines = "".join(body(own, order) + "\n" for order in orders)
    try:
        output, _ = process.communicate(lines, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        raise Misfit(f"`enqueue` had not ended after {PATIENCE:g} s: it is to send {len(orders)} orders and end."
                     + _last(output)) from None
    if process.returncode:
        raise Misfit(f"`enqueue` ended with exit status {process.returncode}." + _last(output))


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f" Its last words: {lines[-1][:300]}" if lines else ""
