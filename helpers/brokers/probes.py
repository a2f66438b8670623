"""Speaks just enough AMQP, Kafka and RESP to see one message confirmed; no client library, no log lines, short time-outs.

Sources: AMQP 0-9-1 specification; Kafka protocol guide (Metadata 4, Produce 3, record batch 2); Redis documentation, "RESP".
"""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator


class NoAnswer(Exception):
    """The broker refused, closed, or did not answer in time."""


@contextlib.contextmanager
def connected(port: int, timeout: float) -> Iterator[socket.socket]:
    """A connection to the broker on loopback; every fault of the network comes out as NoAnswer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield line
    except OSError as fault:
        raise NoAnswer(str(fault)) from fault


def listens(port: int) -> bool:
    """Whether anything accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
        return True
    return False


def exactly(line: socket.socket, count: int) -> bytes:
    """Read that many bytes."""
    data = b""
    while len(data) < count:
        piece = line.recv(count - len(data))
        if not piece:
            raise NoAnswer("the broker closed the connection")
        data += piece
    return data


# ---------------------------------------------------------------- AMQP 0-9-1


def amqp_greeting(port: int, timeout: float) -> dict:
    """The server properties of Connection.Start: product, version, platform."""
    from pamqp import frame

    with connected(port, timeout) as line:
        line.sendall(b"AMQP\x00\x00\x09\x01")
        return dict(frame.unmarshal(_amqp_frame(line))[2].server_properties)


def _amqp_frame(line: socket.socket) -> bytes:
    head = exactly(line, 7)
    if head[:4] == b"AMQP":
        raise NoAnswer("the server speaks another version of AMQP")
    return head + exactly(line, struct.unpack(">I", head[3:])[0] + 1)


def amqp_confirmed(port: int, timeout: float) -> None:
    """Publish a persistent message to a queue of this connection and wait for its confirm."""
    from pamqp import body, commands, frame, header

    with connected(port, timeout) as line:

        def until(kind: type) -> object:
            while True:
                _, _, got = frame.unmarshal(_amqp_frame(line))
                if isinstance(got, kind):
                    return got
                if isinstance(got, (commands.Connection.Close, commands.Channel.Close, commands.Basic.Return)):
                    raise NoAnswer(got.reply_text)

        def say(what: object, channel: int = 1) -> None:
            line.sendall(frame.marshal(what, channel))

        line.sendall(b"AMQP\x00\x00\x09\x01")
        until(commands.Connection.Start)
        say(commands.Connection.StartOk({}, "PLAIN", "\0guest\0guest", "en_US"), 0)
        tune = until(commands.Connection.Tune)
        say(commands.Connection.TuneOk(tune.channel_max, tune.frame_max, 0), 0)
        say(commands.Connection.Open("/"), 0)
        until(commands.Connection.OpenOk)
        say(commands.Channel.Open())
        until(commands.Channel.OpenOk)
        say(commands.Confirm.Select())
        until(commands.Confirm.SelectOk)
        say(commands.Queue.Declare(queue="", exclusive=True))
        queue = until(commands.Queue.DeclareOk).queue
        say(commands.Basic.Publish(exchange="", routing_key=queue, mandatory=True))
        say(header.ContentHeader(0, 5, commands.Basic.Properties(delivery_mode=2)))
        say(body.ContentBody(b"ready"))
        until(commands.Basic.Ack)
        say(commands.Connection.Close(200, "ready", 0, 0), 0)
        until(commands.Connection.CloseOk)


# ---------------------------------------------------------------- RESP


def resp(port: int, timeout: float, *words: str) -> str:
    """Send one command to Redis; the reply's text (simple string, integer or bulk string).

    Raises NoAnswer for an error reply, such as LOADING.
    """
    command = f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    with connected(port, timeout) as line, line.makefile("rb") as reader:
        line.sendall(command.encode())
        first = reader.readline().decode().strip()
        if first[:1] not in ("+", ":", "$"):
            raise NoAnswer(first or "Redis closed the connection")
        if first[0] != "$":
            return first[1:]
        return reader.read(int(first[1:])).decode()


# ---------------------------------------------------------------- Kafka


def _text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def _ask(line: socket.socket, key: int, version: int, payload: bytes) -> bytes:
    request = struct.pack(">hhi", key, version, 1) + _text("workbook") + payload
    line.sendall(struct.pack(">i", len(request)) + request)
    return exactly(line, struct.unpack(">i", exactly(line, 4))[0])[4:]


def kafka_answers(port: int, timeout: float) -> None:
    """Ask a Kafka broker for its versions; NoAnswer when it has none to give."""
    with connected(port, timeout) as line:
        if struct.unpack(">h", _ask(line, 18, 0, b"")[:2])[0]:
            raise NoAnswer("ApiVersions was refused")


def kafka_confirmed(port: int, timeout: float, topic: str) -> None:
    """Produce one record with acks=all and wait for its offset; the topic is created at the first time."""
    end = time.monotonic() + timeout
    with connected(port, timeout) as line:
        _ask(line, 3, 4, struct.pack(">i", 1) + _text(topic) + b"\1")
        batch = record_batch(b"ready")
        body = struct.pack(">hhii", -1, -1, 5000, 1) + _text(topic) + struct.pack(">iii", 1, 0, len(batch)) + batch
        while True:
            answer = _ask(line, 0, 3, body)
            error = struct.unpack_from(">h", answer, 4 + 2 + len(topic) + 4 + 4)[0]
            if error == 0:
                return
            if time.monotonic() > end:
                raise NoAnswer(f"the record was refused with error code {error}")
            time.sleep(0.02)
            _ask(line, 3, 4, struct.pack(">i", 1) + _text(topic) + b"\1")


def record_batch(value: bytes) -> bytes:
    """A batch of one record without a key."""
    now = int(time.time() * 1000)
    record = b"\0\0\0\1" + bytes([len(value) * 2]) + value + b"\0"
    record = bytes([len(record) * 2]) + record
    covered = struct.pack(">hiqqqhii", 0, 0, now, now, -1, -1, -1, 1) + record
    rest = struct.pack(">ibI", -1, 2, crc32c(covered)) + covered
    return struct.pack(">qi", 0, len(rest)) + rest


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli; RFC 3720), bit by bit: the data are a few bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
