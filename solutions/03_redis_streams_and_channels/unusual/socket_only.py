# pass
# No client library: Redis speaks lines of text (RESP2).
import os
import socket
import urllib.parse

url = urllib.parse.urlsplit(os.environ["REDIS_URL"])


class Line:
    def __init__(self):
        self.socket = socket.create_connection((url.hostname, url.port))
        self.file = self.socket.makefile("rb")

    def send(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))

    def read(self):
        kind, rest = (line := self.file.readline().rstrip())[:1], line[1:]
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2].decode() if int(rest) >= 0 else None
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        if kind == b"-" and not rest.startswith(b"BUSYGROUP"):
            raise SystemExit(rest.decode())
        return rest.decode()

    def ask(self, *words):
        self.send(*words)
        return self.read()


commands, ears = Line(), Line()
STREAM = os.environ["STREAM"]
commands.ask("XGROUP", "CREATE", STREAM, os.environ["BILLING"], "0")
commands.ask("XGROUP", "CREATE", STREAM, os.environ["ALERTS"], "$")
commands.ask("XGROUP", "CREATE", os.environ["RETURNS"], os.environ["BILLING"], "0", "MKSTREAM")
ears.ask("PSUBSCRIBE", os.environ["SHOP"] + ".order.*")
while True:
    kind, _, channel, body = ears.read()
    commands.ask("XADD", STREAM, "MAXLEN", "~", 1000, "*", "channel", channel, "body", body)
