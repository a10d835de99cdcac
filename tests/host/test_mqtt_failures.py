"""What goes wrong between an MQTT carrier and its broker, on both edges."""

import asyncio
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.errors import BadSettings
from agent.events import CARRIER_DOWN, CARRIER_HOP, CARRIER_MESSAGE, CARRIER_UP
from agent.protocols import carriage, mqtt
from simulators.free_port import free_port
from tests.host.carrier_drive import MQTT, close_at_any_moment, complaints, details, end, until, up
from tests.host.carrier_servers import Mosquitto, now_ms, program, show, wait_for

tidy = pytest.mark.filterwarnings("error")  # nothing left open for the garbage collector
edges = pytest.mark.parametrize("edge", sorted(MQTT))

CONNACK = b"\x20\x02\x00\x00"


class Script:
    """A server that takes a CONNECT, sends what it is told to, and closes, or waits to be told."""

    def __init__(self, reply: bytes, close: bool = True) -> None:
        self.reply = reply
        self.close = close
        self.heard = b""
        self._end = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)  # a failure ends all
        self._thread.start()

    def _serve(self) -> None:
        sock, _ = self._server.accept()
        with sock, self._server:
            sock.recv(4096)
            sock.sendall(self.reply)
            sock.settimeout(0.02)
            while not self.close and not self._end.is_set():
                try:
                    self.heard += sock.recv(65536)
                except TimeoutError:
                    continue

    def stop(self) -> None:
        self._end.set()
        self._thread.join()


class Proxy:
    """Carries bytes to and fro until it swallows them: TCP half open, no RST, no FIN."""

    def __init__(self, port: int) -> None:
        self.swallow = False
        self._port = port
        self._end = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.02)
        self.url = f"mqtt://127.0.0.1:{self._server.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with self._server:
            while not self._end:
                try:
                    near = self._server.accept()[0]
                except TimeoutError:
                    continue
                far = socket.create_connection(("127.0.0.1", self._port))
                for one, other in ((near, far), (far, near)):
                    carry = threading.Thread(target=self._carry, args=(one, other), daemon=True)
                    self._threads.append(carry)
                    self._threads[-1].start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with one:
            one.settimeout(0.02)
            while not self._end:
                try:
                    data = one.recv(65536)
                    if not data:
                        break
                    if not self.swallow:
                        other.sendall(data)
                except TimeoutError:
                    continue
                except OSError:
                    break

    def stop(self) -> None:
        self._end = True
        for thread in self._threads:
            thread.join()


def test_half_open_is_found_out_and_idle_is_not(mosquitto: Mosquitto) -> None:
    keep_alive = 2000

    async def scenario() -> None:
        proxy = Proxy(mosquitto.port)
        carriers = [MQTT[edge](proxy.url, edge, keep_alive=keep_alive) for edge in sorted(MQTT)]
        for carrier in carriers:
            await up(carrier)
        # Idle for longer than a broker and a carrier wait: the pings hold the connection.
        idle = now_ms() + keep_alive * 7 // 4
        while now_ms() < idle:
            for carrier in carriers:
                assert carrier.poll(now_ms()) == []
            await asyncio.sleep(0.005)
        proxy.swallow = True
        since = now_ms()
        for token, carrier in enumerate(carriers):
            carrier.offer(1, b"into the void", token)
        waits = list(carriers)
        while waits:
            now = now_ms()
            for carrier in list(waits):
                events = carrier.poll(now)
                for event, detail in events:
                    assert event == CARRIER_DOWN and "silent" in detail
                    waits.remove(carrier)
                # One and a half keep-alives after the last sign of life, at the latest.
                assert events or now < since + keep_alive * 3 // 2 + 500
            await asyncio.sleep(0.005)
        for carrier in carriers:
            await end(carrier)
        proxy.stop()

    asyncio.run(scenario())


@tidy
@edges
@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        CONNACK[:3],
        b"\x20\x02\x00\x05",
        b"\x20\x02\x00\x01",
        b"\x20\x02\x00\x77",
        CONNACK,
        CONNACK + b"\x90\x03\x00\x01\x80",
        CONNACK + b"\x40\xff\xff\xff\xff\xff",
        CONNACK + b"\x32\x40\x00\x0cpole/p1/down\x00",
        CONNACK + bytes(range(256)) * 20,
    ],
)
def test_a_broken_server_brings_the_carrier_down(
    reply: bytes, edge: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        server = Script(reply)
        carrier = MQTT[edge](server.url, "p1")
        carrier.connect(now_ms())
        events = await until(carrier, lambda found: details(found, CARRIER_DOWN))
        assert [event for event, _ in events] in ([CARRIER_DOWN], [CARRIER_UP, CARRIER_DOWN])
        assert details(events, CARRIER_DOWN) == [carrier.last_error]
        assert carrier.room() == 0
        await end(carrier)
        server.stop()

    asyncio.run(scenario())
    assert caplog.records == []


@tidy
@edges
def test_a_server_that_dies_with_a_full_window(edge: str) -> None:
    async def scenario() -> None:
        server = Script(CONNACK, close=False)
        carrier = MQTT[edge](server.url, "p1")
        await up(carrier)
        for token in range(carriage.WINDOW):
            carrier.offer(1, bytes(1000), token)
        assert carrier.room() == 0
        await until(carrier, lambda _: len(server.heard) > 10000)
        server.stop()
        events = await until(carrier, bool)
        assert [event for event, _ in events] == [CARRIER_DOWN]
        assert carrier.room() == 0 and carrier.poll(now_ms()) == []
        await end(carrier)

    asyncio.run(scenario())


@edges
def test_a_server_that_never_answers(edge: str) -> None:
    """On a clock that runs ahead, so that nobody waits for it."""

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            carrier = MQTT[edge](f"mqtt://127.0.0.1:{silent.getsockname()[1]}", "p1")
            started = now_ms()
            carrier.connect(started)
            clock = lambda: started + (now_ms() - started) * 100  # noqa: E731
            events = await until(carrier, bool, clock=clock)
            assert [event for event, _ in events] == [CARRIER_DOWN]
            assert now_ms() - started > 200
            await end(carrier)

    asyncio.run(scenario())


@edges
def test_a_downlink_of_64_kb_is_dropped_for_good(edge: str, mosquitto: Mosquitto) -> None:
    async def scenario() -> None:
        carrier = MQTT[edge](mosquitto.url, "p1")
        await up(carrier)
        mosquitto.downlink("p1", bytes(65536))
        mosquitto.downlink("p1", bytes(1025))
        mosquitto.downlink("p1", b"small")
        assert await until(carrier, bool) == [(CARRIER_MESSAGE, b"small")]
        counter = carrier.session if edge == "board" else carrier
        assert counter.oversize == 2
        carrier.offer(1, b"frame", 1)
        assert await until(carrier, bool) == [(CARRIER_HOP, 1)]
        await end(carrier)
        # It was acknowledged, so that the broker does not send it again for ever.
        await up(carrier)
        mosquitto.downlink("p1", b"next")
        assert await until(carrier, bool) == [(CARRIER_MESSAGE, b"next")]
        await end(carrier)

    asyncio.run(scenario())


@tidy
@edges
def test_birth_good_bye_and_last_will(edge: str, mosquitto: Mosquitto) -> None:
    def states(wanted: bytes) -> Callable[[Any], bool]:
        return lambda _: mosquitto.states.get("p1") == wanted

    async def scenario() -> None:
        carrier = MQTT[edge](mosquitto.url, "p1")
        await up(carrier)
        await until(carrier, states(b"online"))
        await end(carrier)
        await until(carrier, states(b"offline"))
        await up(carrier)
        await until(carrier, states(b"online"))
        # Gone without a word, as in a power cut.
        sock = carrier.sock if edge == "board" else carrier._client.socket()
        sock.shutdown(socket.SHUT_RDWR)
        await until(carrier, states(b"offline"))
        await end(carrier)

    asyncio.run(scenario())


@edges
def test_a_good_bye_is_said(edge: str) -> None:
    """DISCONNECT withdraws the last will, so the state goes ahead of it."""

    async def scenario() -> None:
        server = Script(CONNACK, close=False)
        carrier = MQTT[edge](server.url, "p1")
        await up(carrier)
        await end(carrier)
        await asyncio.to_thread(wait_for, lambda: server.heard[-2:] == mqtt.DISCONNECT, "it")
        assert server.heard[-9:-2] == carriage.OFFLINE
        server.stop()

    asyncio.run(scenario())


@edges
def test_user_and_password(edge: str, tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    tool = program("mosquitto_passwd")
    subprocess.run([tool, "-c", "-b", str(passwords), "pole", "s:e@cret"], check=True)
    passwords.chmod(0o644)
    show(tmp_path)
    server = Mosquitto(f"allow_anonymous false\npassword_file {passwords}\n")
    server.start(platform=False)

    async def scenario() -> None:
        place = f"127.0.0.1:{server.port}"
        carrier = MQTT[edge](f"mqtt://pole:s:e@cret@{place}", "p1")
        await up(carrier)
        await end(carrier)
        for wrong in (f"mqtt://pole:wrong@{place}", f"mqtt://{place}"):
            carrier = MQTT[edge](wrong, "p1")
            carrier.connect(now_ms())
            events = await until(carrier, bool)
            assert [event for event, _ in events] == [CARRIER_DOWN]
            assert "the server refuses" in carrier.last_error
            await end(carrier)

    asyncio.run(scenario())
    server.end()


@edges
def test_a_name_that_nobody_knows(edge: str) -> None:
    async def scenario() -> None:
        carrier = MQTT[edge]("mqtt://nowhere.invalid", "p1")
        carrier.connect(now_ms())
        events = await until(carrier, bool)
        assert [event for event, _ in events] == [CARRIER_DOWN]
        assert "nowhere.invalid:1883" in carrier.last_error
        await end(carrier)

    asyncio.run(scenario())


def test_where_nothing_listens_it_says_so_in_words() -> None:
    async def scenario() -> None:
        port = free_port()
        carrier = MQTT["linux"](f"mqtt://127.0.0.1:{port}", "p1")
        carrier.connect(now_ms())
        await until(carrier, bool)
        assert carrier.last_error == f"127.0.0.1:{port}: Connection refused"
        await end(carrier)

    asyncio.run(scenario())


def test_other_addresses_are_bad_settings() -> None:
    for edge, url in (("board", "coap://a"), ("linux", "coap://a")):
        with pytest.raises(BadSettings):
            MQTT[edge](url, "p1")


@tidy
@edges
def test_closing_at_any_moment_leaves_nothing(
    edge: str, mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(close_at_any_moment(lambda: MQTT[edge](mosquitto.url, "p1")), debug=True)
    wait_for(
        lambda: not [one for one in threading.enumerate() if one.name == "mqtt connect"],
        "the threads that connect",
    )
    assert complaints(caplog) == []
