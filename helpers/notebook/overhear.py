"""A pair of ears on the line: a relay between a client and a broker that keeps the bytes, and can lose an answer."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class Line:
    """sent, received: what went by so far, as the client sees it. `url` is what the client is to take."""

    def __init__(self, url: str):
        parts = urlsplit(url if "://" in url else f"//{url}")
        self._upstream = (HOST, parts.port)
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self.url = url.replace(f":{parts.port}", f":{self.port}")
        self.sent, self.received = bytearray(), bytearray()
        self._sockets: list[socket.socket] = [self._listener]
        self._marks: list[bytes] = []
        self._doomed: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                broker = socket.create_connection(self._upstream)
                for each in (client, broker):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += [client, broker]
                threading.Thread(target=self._relay, args=(client, broker, self.sent), daemon=True).start()
                threading.Thread(target=self._relay, args=(broker, client, self.received), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, book: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if book is self.received:
                    if source in self._doomed:
                        break
                    # Kafka names its own address in its answers: the client would go past us
                    data = data.replace(self._named(self._upstream[1]), self._named(self.port))
                elif found := next((mark for mark in self._marks if mark in data), None):
                    self._marks.remove(found)
                    self._doomed.add(target)
                book += data
                target.sendall(data)
        for each, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                each.shutdown(how)

    def lose_answer(self, to: bytes) -> None:
        """The next request that holds these bytes reaches the broker; its answer is thrown away, and the connection cut."""
        self._marks.append(to)

    @staticmethod
    def _named(port: int) -> bytes:
        """Host and port as Kafka's Metadata answer holds them (Apache Kafka documentation, "Kafka protocol guide")."""
        return HOST.encode() + struct.pack(">i", port)

    def close(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextlib.contextmanager
def overhear(url: str) -> Iterator[Line]:
    """`with overhear(url) as line:` give the client `line.url`; afterwards look into `line.sent` and `line.received`."""
    line = Line(url)
    try:
        yield line
    finally:
        line.close()


def amqp_frames(sent: bytes | bytearray) -> list[tuple[str, bytes]]:
    """A client's bytes cut into frames: (name, bytes). Methods have their own names, such as "Basic.Publish"."""
    import pika.frame

    at, frames = 8, []  # the first eight bytes are "AMQP" and the protocol's version
    while at < len(sent):
        size, frame = pika.frame.decode_frame(bytes(sent[at:]))
        name = frame.method.NAME if frame.NAME == "METHOD" else frame.NAME
        frames.append((name, bytes(sent[at:at + size])))
        at += size
    return frames


def dump(data: bytes, rows: int = 12) -> str:
    """Bytes as hexadecimal numbers and as the letters they are, 16 a row."""
    lines = []
    for at in range(0, min(len(data), rows * 16), 16):
        row = bytes(data[at:at + 16])
        letters = "".join(chr(b) if 32 <= b < 127 else "·" for b in row)
        lines.append(f"{at:4}  {row.hex(' '):<47}  {letters}")
    if len(data) > rows * 16:
        lines.append(f"      … {len(data) - rows * 16} more bytes")
    return "\n".join(lines)
