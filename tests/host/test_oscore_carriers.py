"""CoAP by OSCORE: the carriers by their contract against aiocoap's server, and who stays out."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.events import CARRIER_FAILED, CARRIER_HOP, CARRIER_MESSAGE
from agent.linux import coap as linux_coap
from agent.linux import oscore_files
from agent.protocols import coap, oscore
from board import coap as board_coap
from simulators.world.dice import Dice
from tests.host.carrier_drive import details, end, until, up
from tests.host.carrier_servers import now_ms
from tests.host.oscore_server import SALT, Numbers, OscoreServer, context, folder_of
from tests.host.test_carriers import Far, drive, drive_in_loop
from tests.shared import contracts_carrier
from tests.shared.aes_block import aes


@pytest.fixture
def server() -> Iterator[OscoreServer]:
    found = OscoreServer(b"\1", b"\2")
    found.start()
    yield found
    found.end()


class Board:
    """Makes a board's carriers; the numbers go on from one to the next, as its flash keeps them."""

    def __init__(self) -> None:
        self.numbers: dict[str, Numbers] = {}

    def __call__(self, url: str, device: str) -> Any:
        number = sorted({*self.numbers, device}).index(device)
        numbers = self.numbers.setdefault(device, Numbers())
        secure = context(bytes((1 + number,)), numbers)
        return board_coap.Carrier(url, device, Dice(now_ms()), secure=secure)


@pytest.mark.parametrize("check", contracts_carrier.CHECKS, ids=lambda check: check.__name__)
def test_a_board_by_the_contract(check: Any, server: OscoreServer) -> None:
    drive(check, Far(server, Board()))
    assert server.refused == 0


class Node:
    """Makes a node's carriers, each device with a security context of its own for all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contexts: dict[str, Any] = {}

    def __call__(self, url: str, device: str) -> Any:
        if device not in self.contexts:
            path = folder_of(self.folder / device, bytes((1 + len(self.contexts),)), b"\0")
            self.contexts[device] = oscore_files.load(path)
        return linux_coap.Carrier(url, device, secure=self.contexts[device])


@pytest.mark.parametrize("check", contracts_carrier.CHECKS, ids=lambda check: check.__name__)
def test_a_node_by_the_contract(
    check: Any, server: OscoreServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drive_in_loop(check, Far(server, Node(tmp_path)), caplog)
    assert server.refused == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # aiocoap's
def test_a_context_that_does_not_serve_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such file"):
        oscore_files.load(tmp_path)
    path = folder_of(tmp_path / "a", b"\1", b"\0")
    (path / "secret.json").chmod(0o644)
    with pytest.raises(OSError, match="chmod 600"):
        oscore_files.load(path)
    (path / "secret.json").chmod(0o600)
    held = oscore_files.load(path)
    with pytest.raises(OSError, match="another program"):
        oscore_files.load(path)
    del held
    gc.collect()
    (path / "secret.json").write_text("{}")
    with pytest.raises(OSError, match="no security context"):
        oscore_files.load(path)
    with pytest.raises(FileExistsError):
        folder_of(path, b"\1", b"\0")


def test_no_number_comes_twice_whatever_is_lost(tmp_path: Path) -> None:
    """After a crash the numbers go on above what may have been used."""
    path = folder_of(tmp_path / "a", b"\1", b"\0")
    script = (
        "import sys, os, aiocoap; from pathlib import Path; from agent.linux import oscore_files;"
        "held = oscore_files.load(Path(sys.argv[1]));"
        "numbers = [held.new_sequence_number() for _ in range(5)]; print(numbers[-1], flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    last = -1
    for _ in range(4):
        done = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True
        )
        assert done.stdout, done.stderr
        assert int(done.stdout) - 4 > last
        last = int(done.stdout)


def carrier(server: OscoreServer, numbers: Numbers, device: bytes = b"\1") -> Any:
    return board_coap.Carrier(server.url, "p1", Dice(now_ms()), secure=context(device, numbers))


async def _sends(made: Any, token: int, outcome: int) -> list[tuple[int, Any]]:
    made.offer(1, b"\x2a" * 100, token)
    events = await until(made, lambda found: details(found, outcome))
    assert details(events, outcome) == [token]
    return events


def test_who_does_not_know_the_secret_stays_out(server: OscoreServer) -> None:
    async def scenario() -> None:
        stranger = board_coap.Carrier(
            server.url, "p1", Dice(1), secure=oscore.Context(
                bytes(16), SALT, b"\1", b"\0", aes, Numbers()
            ),
        )  # fmt: skip
        plain = board_coap.Carrier(server.url, "p1", Dice(2))
        for made in (stranger, plain):
            await up(made)
            await _sends(made, 1, CARRIER_FAILED)
            await end(made)

    asyncio.run(scenario())
    assert server.received("p1") == []


def test_a_number_that_was_used_before_is_refused(server: OscoreServer) -> None:
    async def scenario() -> None:
        first = carrier(server, Numbers(7))
        await up(first)
        await _sends(first, 1, CARRIER_HOP)
        await end(first)
        second = carrier(server, Numbers(7))
        await up(second)
        await _sends(second, 2, CARRIER_FAILED)
        await _sends(second, 3, CARRIER_HOP)
        await end(second)

    asyncio.run(scenario())
    assert len(server.received("p1")) == 2


def test_a_server_that_lost_its_memory_is_satisfied(server: OscoreServer) -> None:
    """RFC 8613, B.1.2: it asks for an Echo, and the next request brings it."""

    async def scenario() -> None:
        made = carrier(server, Numbers())
        await up(made)
        await _sends(made, 1, CARRIER_HOP)
        for known in server.credentials.values():
            known.recipient_replay_window._index = None  # as after a crash
        await _sends(made, 2, CARRIER_FAILED)
        assert "4.01" in made.last_error
        await _sends(made, 3, CARRIER_HOP)
        assert not made.exchanges._secure.echo
        await end(made)

    asyncio.run(scenario())


def test_a_forged_answer_is_not_taken_for_one(server: OscoreServer) -> None:
    """Somebody on the way answers first, as CoAP, with the right token: it counts for nothing."""

    async def scenario() -> None:
        made = carrier(server, Numbers())
        await up(made)
        made.exchanges.post(9, ["pole", "p1", "1"], 18, b"\xd2", now_ms())
        asked = coap.decode(made.exchanges.outbox[-1])
        for options, payload in (([], b"forged"), ([(oscore.OPTION, b"")], bytes(20))):
            forged = coap.Message(coap.ACK, 0x44, asked.mid, asked.token, options, payload)
            assert made.exchanges.receive(forged.encode(), now_ms()) == []
        assert made.exchanges.ignored == 2
        made._out = 1
        events = await until(made, lambda found: details(found, CARRIER_HOP))
        assert details(events, CARRIER_HOP) == [9]
        assert details(events, CARRIER_MESSAGE) == []
        await end(made)

    asyncio.run(scenario())


def test_nothing_readable_is_on_the_wire() -> None:
    secure = context(b"\1")
    options = [(coap.URI_PATH, b"pole"), (coap.URI_PATH, b"CD-JJ-0001")]
    outer, payload, _ = secure.protect(coap.POST, options, b"the reading")
    message = coap.Message(coap.CON, coap.POST, 1, b"t", outer, payload).encode()
    for secret in (b"CD-JJ-0001", b"pole", b"reading"):
        assert secret not in message
