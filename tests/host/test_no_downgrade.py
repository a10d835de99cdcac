"""Neither end ever speaks in the clear where TLS is meant, whatever a server does: both against one
that takes every connection, answers like a friendly broker without TLS, and writes down what came.
"""

import asyncio
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from agent.events import CARRIER_DOWN
from agent.linux import mqtt
from agent.linux.tls_files import TlsFiles
from tests.host.carrier_drive import details, end, until
from tests.host.carrier_servers import now_ms, wait_for
from tests.host.micropython import ROOT, interpreter
from tests.host.test_board_tls import Board, board, city
from tests.host.test_mqtt_tls import City

__all__ = ["board", "city"]  # fixtures

HANDSHAKE, ALERT = 22, 21  # ContentType, RFC 5246, 6.2.1
CONNACK = b"\x20\x02\x00\x00"
ANSWERS = {
    "says yes": CONNACK,
    "says yes at once and often": CONNACK * 50,
    "says no to TLS": b"\x15\x03\x03\x00\x02\x02\x46",  # a fatal alert: protocol_version
    "says nothing": b"",
}


class Liar:
    """A server without TLS; heard: what each connection brought."""

    def __init__(self, answer: bytes) -> None:
        self.heard: list[bytes] = []
        self._answer = answer
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtts://localhost:{self._sock.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                talk, _ = self._sock.accept()
            except OSError:
                return
            with talk:
                talk.settimeout(0.5)
                self.heard.append(self._talk(talk))

    def _talk(self, talk: socket.socket) -> bytes:
        data = b""
        try:
            while piece := talk.recv(4096):
                if not data and self._answer:
                    talk.sendall(self._answer)
                data += piece
        except OSError:
            pass  # nothing for a while, or gone
        return data

    def end(self) -> None:
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._thread.join()


@pytest.fixture(params=ANSWERS.values(), ids=list(ANSWERS))
def liar(request: pytest.FixtureRequest) -> Iterator[Liar]:
    made = Liar(request.param)
    yield made
    made.end()


def records(data: bytes) -> set[int]:
    """The types of the TLS records in data, which must be nothing else."""
    found = set()
    while data:
        assert data[1] == 3, "no TLS"
        found.add(data[0])
        data = data[5 + int.from_bytes(data[3:5], "big") :]
    return found


def check(liar: Liar) -> None:
    said = [data for data in liar.heard if data]
    assert len(said) >= 2
    for data in said:
        assert records(data) <= {HANDSHAKE, ALERT}
        assert b"MQTT" not in data and b"p1" not in data and b"online" not in data


def test_a_board(liar: Liar, board: Board) -> None:
    command = [str(ROOT / "tests" / "host" / "speak_mqtts.py"), str(ROOT), liar.url, "2", "0"]
    with subprocess.Popen(
        [interpreter(), "-X", "heapsize=2M", *command], cwd=board.folder,
        env={**os.environ, **board.rtc.environment}, stdout=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        wait_for(lambda: len(liar.heard) >= 2, "two connections")
        process.kill()
    check(liar)


def test_a_node(liar: Liar, city: City) -> None:
    async def scenario() -> None:
        for known in (True, False):
            carrier = mqtt.Carrier(liar.url, "p1", tls=partial(city.pole.context, known))
            carrier.connect(now_ms())
            await until(carrier, lambda events: details(events, CARRIER_DOWN))
            await end(carrier)

    asyncio.run(scenario())
    wait_for(lambda: len(liar.heard) >= 2, "two connections")
    check(liar)


def test_no_file_of_authorities_is_no_way_out(liar: Liar, tmp_path: Path) -> None:
    """Nothing is sent at all."""

    async def scenario() -> None:
        files = TlsFiles(tmp_path / "none.pem")
        carrier = mqtt.Carrier(liar.url, "p1", tls=lambda: files.context(True))
        carrier.connect(now_ms())
        await until(carrier, lambda events: details(events, CARRIER_DOWN))
        await end(carrier)

    asyncio.run(scenario())
    assert not [data for data in liar.heard if data]
