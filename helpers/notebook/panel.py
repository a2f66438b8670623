"""The brokers in a cell: live where a page shows widgets, else a table of how they are now."""

from html import escape
from typing import Any

from helpers import brokers as world
from helpers.notebook.theme import style
from helpers.notebook.timeline import widget

SIGNS = {"running": ("✓", "ok"), "paused": ("‖", "twice"), "starting": ("…", "soft"), "stopped": ("✗", "bad")}
TITLES = {"rabbitmq": "RabbitMQ", "kafka": "Kafka", "redis": "Redis"}


class Panel:
    """The shared brokers, read from the world when it was made."""

    def __init__(self) -> None:
        self.found = world.status()

    def facts(self) -> str:
        """Name and state: nothing that differs from machine to machine."""
        return "\n".join(f"{TITLES[s.name]}: {s.state}" for s in self.found if s.instance == "main")

    def _live(self) -> dict[str, Any]:
        if not widget.available():
            return {}
        from helpers.notebook.broker_panel import BrokerPanel

        return BrokerPanel().bundle()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        rows, lines = [], []
        for s in self.found:
            sign, tone = SIGNS.get(s.state, ("?", "soft"))
            name = TITLES[s.name] + (f" ({s.instance})" if s.instance != "main" else "")
            cells = (s.version or "", f"localhost:{s.port}" if s.port else "", f"{s.memory_mb:.0f} MB" if s.memory_mb else "", s.note)
            rows.append(
                f'<tr><th scope="row">{escape(name)}</th><td class="{tone}"><b aria-hidden="true">{sign}</b> {escape(s.state)}</td>'
                + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
            )
            lines.append(f"{name:<18} {s.state:<9} " + "  ".join(c for c in cells if c))
        down = [s.name for s in self.found if s.instance == "main" and s.state == "stopped"]
        told = f"<p>Start what is down, in a terminal: <code>python -m helpers up {' '.join(down)}</code></p>" if down else ""
        return self._live() | {
            "text/plain": "\n".join(lines),
            "text/html": f'{style()}<div class="mqw mqw-card {"fail" if down else "pass"}"><table>'
            f'<caption class="hide">the brokers now</caption><tbody>{"".join(rows)}</tbody></table>{told}</div>',
        }


def brokers() -> Panel:
    """What is running, where, how much memory it takes, what waits in it; with buttons to start, stop, kill, pause, restart."""
    return Panel()
