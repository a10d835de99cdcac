"""A board's page over its own Wi-Fi: the network of the box, for a phone in front of it, and for a
while. It only shows; who would write takes the cable.

Not of an application: a laptop brings it, as it brings board.held, and goes; or lays it there for
the board's button (board.button). The network's password is WPA2's;
the page is served on that network alone, and never on the one by which the board reports. At its
end, and after any trouble, the board starts again, and its own application with it.
"""

import json
import select
import socket

from board import app
from board.lent import Lent

PATIENCE_MS = 10000  # for one request, and for its answer
MAX_HEAD = 2048
EAGAIN = 11
MAX_VISITORS = 4
SECURITY = "AUTH_WPA2_PSK"  # of network, on chips that must be told
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/words.json": ("words.json", "application/json"),
}
_HEAD = (
    "HTTP/1.1 %s\r\nConnection: close\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'self'; img-src data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nContent-Type: %s\r\n%s\r\n"
)
_TEXT = "text/plain; charset=utf-8"


class Page(Lent):
    """The page of the agent of a slot. advice: agent.linux.commissioning.advice; folder: where the
    page's files lie, each by gzip, "/" at the end. For the rest see Lent."""

    def __init__(self, slot, snapshot, recorder, dog, advice, folder):
        super().__init__(slot, snapshot, recorder, dog)
        self.advice = advice
        self.folder = folder
        self.visitors = []
        self.poll = select.poll()

    def open(self, name, password, port):
        """Open the network, and listen on it. Returns the board's address there."""
        import network

        self.access = network.WLAN(network.AP_IF)
        security = getattr(network, SECURITY, None)
        more = {} if security is None else {"security": security}
        self.access.config(ssid=name, key=password, **more)
        self.access.active(True)
        address = self.access.ifconfig()[0]
        self.door = socket.socket()
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.door.bind(socket.getaddrinfo(address, port)[0][-1])
        self.door.listen(MAX_VISITORS)
        self.door.setblocking(False)
        self.poll.register(self.door, select.POLLIN)
        return address

    def run(self, length_ms, restart=None):
        """Work and serve so long; then the board starts again. restart: how, if not by
        machine.reset."""
        import machine

        try:
            now = self.clock.now_ms()
            end = now + length_ms
            while now < end:
                self.dog.feed()
                self.serve(now)
                now = self.work(now)
            self.access.active(False)
            app.finish(self.agent, self.clock)
        except Exception as error:
            app.log("page", "%s: %s" % (type(error).__name__, error))
        finally:
            (restart or machine.reset)()

    def serve(self, now):
        """See to everybody who is there."""
        if len(self.visitors) < MAX_VISITORS and self.poll.poll(0):
            try:
                self.visitors.append(Visitor(self.door.accept()[0], now))
            except OSError:
                pass  # gone before it was let in
        for visitor in list(self.visitors):
            if not visitor.goes_on(self, now):
                visitor.close()
                self.visitors.remove(visitor)

    def answer(self, request, now):
        """The answer to a request's first line, piece by piece."""
        parts = request.split(b" ")
        path = parts[1].split(b"?")[0].decode() if len(parts) > 1 else ""
        if parts[0] != b"GET":
            return iter([_head("405 Method Not Allowed", _TEXT), b"this page only shows\n"])
        if path == "/api/state":
            return _json_answer(self.state(now))
        if path in _FILES:
            name, kind = _FILES[path]
            return _file_answer(self.folder + name + ".gz", kind)
        return iter([_head("404 Not Found", _TEXT), b"not found\n"])

    def state(self, now):
        """What the page shows: the snapshot, whether one may leave, and what to do next."""
        seen = self.seen(now)
        seen["readonly"] = True
        seen["written"] = []
        seen["state"] = self.advice.state(seen)
        step = self.advice.next_step(seen, True)
        if step["code"] in ("next.drill", "next.done"):
            step = {"code": "next.cable"}
        seen["next"] = step
        return seen


class Visitor:
    """A connection: one request and one answer, a little at a time. now: monotonic ms."""

    def __init__(self, sock, now):
        sock.setblocking(False)
        self.sock = sock
        self.until = now + PATIENCE_MS
        self.head = b""
        self.pieces = None
        self.rest = b""

    def goes_on(self, page, now) -> bool:
        """Take and give what can be had without waiting; False once it is over."""
        if now >= self.until:
            return False
        try:
            if self.pieces is None and not self.asked(page, now):
                return True
            while True:
                if not self.rest:
                    self.rest = next(self.pieces)
                self.rest = self.rest[self.sock.send(self.rest) :]
        except OSError as error:
            return error.errno == EAGAIN
        except (StopIteration, ValueError):
            return False

    def asked(self, page, now) -> bool:
        """Whether the request is whole. ValueError for one that never will be."""
        data = self.sock.recv(512)
        self.head += data
        if not data or len(self.head) > MAX_HEAD:
            raise ValueError("no request")
        if b"\r\n\r\n" not in self.head:
            return False
        self.pieces = page.answer(self.head.split(b"\r\n")[0], now)
        return True

    def close(self):
        """Let go of it."""
        self.sock.close()


def _head(status, kind, more=""):
    return (_HEAD % (status, kind, more)).encode()


def _file_answer(path, kind):
    yield _head("200 OK", kind, "Content-Encoding: gzip\r\n")
    with open(path, "rb") as file:
        piece = file.read(512)
        while piece:
            yield piece
            piece = file.read(512)


def _json_answer(value):
    """An object, its lists item by item: no large piece of heap is needed."""
    yield _head("200 OK", "application/json")
    before = b"{"
    for name in value:
        yield before + json.dumps(name).encode() + b":"
        before = b","
        if isinstance(value[name], list):
            between = b"["
            for item in value[name]:
                yield between + json.dumps(item).encode()
                between = b","
            yield b"]" if between == b"," else b"[]"
        else:
            yield json.dumps(value[name]).encode()
    yield b"}"
