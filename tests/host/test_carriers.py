"""Every carrier against real servers, by the one contract; the boards' under both runtimes."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.host.carrier_drive import COAP, MQTT, complaints
from tests.host.carrier_servers import CoapServer, Mosquitto, now_ms, program
from tests.shared import contracts_carrier

ROOT = Path(__file__).parent.parent.parent
MICROPYTHON = Path(sys.executable).parent / "micropython"


class Far:
    """The far end of the contract: a server, and the carriers that were made for it."""

    def __init__(self, server: Any, make: Any) -> None:
        self.server = server
        self.make = make
        self.carriers: list[Any] = []
        self.keeps_sessions = server.keeps_sessions
        self.patience = server.patience
        self.now = now_ms
        self.received = server.received
        self.downlink = server.downlink
        self.stop = server.stop
        self.start = server.start

    def carrier(self, device: str) -> Any:
        self.carriers.append(self.make(self.server.url, device))
        return self.carriers[-1]


def drive(check: Any, far: Far) -> None:
    for _ in check(far):
        time.sleep(0.001)
    for carrier in far.carriers:
        carrier.close()


def drive_in_loop(check: Any, far: Far, caplog: pytest.LogCaptureFixture) -> None:
    """As ``drive``, inside asyncio; the loop must have nothing to complain about at the end."""

    async def run() -> None:
        for _ in check(far):
            await asyncio.sleep(0.001)
        for carrier in far.carriers:
            carrier.close()
            await carrier.wait_closed()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run(), debug=True)
    assert complaints(caplog) == []


@pytest.mark.parametrize("check", contracts_carrier.CHECKS)
def test_board_mqtt(check: Any, mosquitto: Mosquitto) -> None:
    drive(check, Far(mosquitto, MQTT["board"]))


@pytest.mark.parametrize("check", contracts_carrier.CHECKS)
def test_board_coap(check: Any, coap_server: CoapServer) -> None:
    drive(check, Far(coap_server, COAP["board"]))


@pytest.mark.parametrize("check", contracts_carrier.CHECKS)
def test_linux_mqtt(check: Any, mosquitto: Mosquitto) -> None:
    drive(check, Far(mosquitto, MQTT["linux"]))


@pytest.mark.parametrize("check", contracts_carrier.CHECKS)
def test_linux_mqtt_in_asyncio(
    check: Any, mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    drive_in_loop(check, Far(mosquitto, MQTT["linux"]), caplog)


@pytest.mark.parametrize("check", contracts_carrier.CHECKS)
def test_linux_coap(check: Any, coap_server: CoapServer, caplog: pytest.LogCaptureFixture) -> None:
    drive_in_loop(check, Far(coap_server, COAP["linux"]), caplog)


@pytest.mark.parametrize("name", ["mqtt", "coap"])
def test_boards_under_micropython(name: str, request: pytest.FixtureRequest) -> None:
    micropython = str(MICROPYTHON) if MICROPYTHON.exists() else program("micropython")
    server = request.getfixturevalue("mosquitto" if name == "mqtt" else "coap_server")
    script = str(ROOT / "tests" / "shared" / "carrier_pipe.py")
    process = subprocess.Popen(
        [micropython, "-X", "heapsize=192K", script, name, server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    lines = []
    try:
        for line in process.stdout:
            if line.startswith("?"):
                process.stdin.write(_answer(server, line[1:].split()) + "\n")
                process.stdin.flush()
            else:
                lines.append(line.strip())
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    assert lines == ["ok %s" % check.__name__ for check in contracts_carrier.CHECKS]


def _answer(server: Any, words: list[str]) -> str:
    if words[0] == "received":
        frames = server.received(words[1])[int(words[2]) :]
        return f"{frames[0][0]} {frames[0][1].hex()}" if frames else ""
    if words[0] == "downlink":
        server.downlink(words[1], bytes.fromhex(words[2]))
    else:
        getattr(server, words[0])()
    return "done"
