"""The brokers live in JupyterLab: their state, what stands in them, and buttons that work while a cell or a check runs."""

import threading
from pathlib import Path
from typing import Any

import anywidget

from helpers.notebook.desk import Desk
from helpers.notebook.theme import style

HERE = Path(__file__).parent
VIEW = "application/vnd.jupyter.widget-view+json"


class BrokerPanel(anywidget.AnyWidget):
    """No traits of our own: all it says are messages, and so nothing of it is saved in a notebook."""

    _esm = (HERE / "broker_panel.js").read_text()
    _css = style().removeprefix("<style>").removesuffix("</style>") + (HERE / "broker_panel.css").read_text()

    def __init__(self) -> None:
        super().__init__()
        self._sending = threading.Lock()
        # JupyterLab sends a comm's messages to a thread of their own (a kernel subshell), but ipykernel 7.4 hands them back to
        # the shell from which the comm last spoke, where they wait for the running cell. Without this they stay on the thread.
        if self.comm is not None:
            self.comm._reply_subshell_for = None
        self._desk = Desk(self._tell)
        self.on_msg(self._hear)

    def _tell(self, message: dict[str, Any]) -> None:
        with self._sending:
            self.send(message)

    def _hear(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        match message.get("type"):
            case "look":
                self._desk.watched()
            case "do":
                self._desk.do(str(message.get("name")), str(message.get("deed")))
            case "log":
                name = str(message.get("name"))
                self._tell({"type": "log", "name": name, "text": self._desk.log(name)})

    def bundle(self) -> dict[str, Any]:
        """The view, for a MIME bundle."""
        return {VIEW: {"version_major": 2, "version_minor": 1, "model_id": self.model_id}}
