"""Looks at the brokers again and again while somebody watches, and does what is asked of them; on threads of its own."""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from helpers import brokers
from helpers.bench.topology import count
from helpers.notebook.work_in_brokers import details

DEEDS = {
    "up": ("starting", "started"), "down": ("stopping", "stopped"), "kill": ("killing", "killed with SIGKILL (kill -9)"),
    "pause": ("pausing", "paused: connections stay open, nothing moves"), "resume": ("resuming", "goes on"),
    "restart": ("restarting", "restarted"),
}
"""What can be done: (while it is done, afterwards)."""
EVERY, DETAILS_EVERY, ASK_EVERY = 1.0, 5.0, 20.0
"""Seconds between two looks; between two at what stands in a broker; between two questions that a broker must answer itself.
The last two leave lines in its log."""
OWN_LINE = "User 'guest' authenticated successfully"
"""Of RabbitMQ's log, where the panel asks it: left out of what is shown, for it would be most of it."""
PATIENCE = 6.0
"""Seconds after the last sign of a watcher until the looking ends."""
LOG_LINES = 60

Tell = Callable[[dict[str, Any]], None]


class Desk:
    """`tell` is called from the desk's threads, with messages for the page."""

    def __init__(self, tell: Tell):
        self._tell = tell
        self._lock = threading.Lock()
        self._watched = 0.0
        self._looking: threading.Thread | None = None
        self._doing: dict[str, str] = {}
        self._said: dict[str, tuple[str, bool]] = {}
        self._found: list[dict[str, Any]] = []
        self._details: dict[str, list[str]] = {}
        self._looked_in = self._asked = 0.0

    # --- looking

    def watched(self) -> None:
        """Somebody has the panel before their eyes. While that is so, the desk looks."""
        with self._lock:
            self._watched = time.monotonic()
            if self._looking is None:
                self._looking = threading.Thread(target=self._look_on, daemon=True, name="broker panel")
                self._looking.start()

    def _look_on(self) -> None:
        while True:
            with self._lock:
                if time.monotonic() - self._watched > PATIENCE:
                    self._looking = None
                    return
            began = time.monotonic()
            self.look()
            time.sleep(max(0.1, EVERY - (time.monotonic() - began)))

    def look(self) -> None:
        """One look at the world; what was found is told."""
        try:
            found = [asdict(each) for each in brokers.status(self._must_ask())]
        except Exception as fault:  # a setting that is no port, a container engine that went away: told, and looked at again
            self._tell({"type": "fault", "text": f"{type(fault).__name__}: {fault}"})
            return
        running = {each["name"] for each in found if each["instance"] == "main" and each["state"] == "running"}
        if time.monotonic() - self._looked_in > DETAILS_EVERY:
            self._details = {name: details(name) for name in running - set(self._doing)}
            self._looked_in = time.monotonic()
        with self._lock:
            self._remember(found)
            self._found = found
        self.show()

    def _must_ask(self) -> bool:
        unknown = any(each["state"] in ("running", "starting") and not each["version"] for each in self._found)
        if not self._found or unknown or time.monotonic() - self._asked > ASK_EVERY:
            self._asked = time.monotonic()
            return True
        return False

    def _remember(self, found: list[dict[str, Any]]) -> None:
        """The version, and whether it answered, as that process told it last."""
        before = {(each["name"], each["instance"], each["pid"], each["state"]): each for each in self._found}
        for each in found:
            known = before.get((each["name"], each["instance"], each["pid"], each["state"]))
            if known and not each["version"] and not each["note"]:
                each["version"], each["note"] = known["version"], known["note"]

    def show(self) -> None:
        """Tell what is known."""
        with self._lock:
            rows = []
            for each in self._found:
                name, main = each["name"], each["instance"] == "main"
                said, well = self._said.get(name, ("", True)) if main else ("labs that kill their broker use this one", True)
                rows.append({**{k: each[k] for k in ("name", "instance", "state", "version", "port", "note")},
                             "title": brokers.description(name).title, "memory": _memory(each["memory_mb"]),
                             "up": _age(each["uptime_s"]), "doing": self._doing.get(name, "") if main else "",
                             "said": said, "well": well,
                             "details": self._details.get(name, []) if main and each["state"] == "running" else []})
        self._tell({"type": "state", "brokers": rows})

    # --- doing

    def do(self, name: str, deed: str) -> bool:
        """Begin a deed on a broker; False where one is under way there, or there is no such deed or broker."""
        if deed not in DEEDS or name not in brokers.NAMES:
            return False
        with self._lock:
            if name in self._doing:
                return False
            self._doing[name], self._said[name] = DEEDS[deed][0], ("", True)
        threading.Thread(target=self._work, args=(name, deed), daemon=True, name=f"{deed} {name}").start()
        self.show()
        return True

    def _work(self, name: str, deed: str) -> None:
        server, began = brokers.server(name), time.monotonic()
        try:
            if deed in ("up", "restart"):
                getattr(server, deed)(lambda text: self._say(name, text))
            else:
                getattr(server, deed)()
            said = (f"{DEEDS[deed][1]}, {time.monotonic() - began:.1f} s", True)
        except Exception as fault:  # whatever it was, it is told where the button is
            said = (str(fault) or type(fault).__name__, False)
        with self._lock:
            self._doing.pop(name, None)
            self._said[name] = said
            self._looked_in = self._asked = 0.0
        self.look()

    def _say(self, name: str, text: str) -> None:
        with self._lock:
            self._said[name] = (text, True)
        self.show()

    def log(self, name: str) -> str:
        """The end of a broker's log."""
        if name not in brokers.NAMES:
            return ""
        try:
            lines = [line for line in brokers.server(name).logs(lines=2 * LOG_LINES).splitlines() if OWN_LINE not in line]
            return "\n".join(lines[-LOG_LINES:]) or "It has no log yet: it was never started here."
        except Exception as fault:
            return f"The log cannot be read: {fault}"


def _memory(mb: float | None) -> str:
    return f"{mb:.0f} MB" if mb else ""


def _age(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 120:
        return f"up {seconds:.0f} s"
    return f"up {seconds / 60:.0f} min" if seconds < 7200 else f"up {count(int(seconds / 3600), 'hour')}"
