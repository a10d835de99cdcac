"""What a board loads only where settings name it: a meter's floats, and what writes. A board from
linked files switches its relay when the voltage is too high, and back; nobody is there to hear.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from agent.linux import pole_toml
from agent.protocols import sm2
from simulators.demo import poles
from simulators.lines.pty_lines import Lines
from simulators.pole_sensors import MODE
from simulators.world.dice import Dice
from simulators.world.sensors import eastron_sdm120, relay_board
from simulators.world.signal import Signal
from tests.host.micropython import interpreter

WAIT = 60.0  # s; a machine that is busy with other things takes its time
LINE = """
[[line]]
name = "rs485"
port = "uart1"
mode = "9600 8N1"

[[line.device]]
name = "meter"
driver = "eastron-sdm120"
address = 2
every = "1s"
alarm.voltage = { above = "250 V", clear = "245 V" }

[[line.device]]
name = "relays"
driver = "relay-board"
address = 3
every = "1s"
relays = 2
drive.relay1 = { alarms = ["meter/voltage"] }
"""


def nothing(channel: str, now: int, value: int) -> None:
    """Nobody is told."""


def still(value: int) -> Signal:
    """A value that stays."""
    return Signal(Dice(1), value, 0, value, value)


async def until(board: poles.DemoPole, condition: Callable[[], bool]) -> None:
    """Wait for it. AssertionError with what the board said: too late, or the board failed."""
    log = board.folder / "agent.log"
    clock = asyncio.get_running_loop()
    end = clock.time() + WAIT
    while not condition():
        said = log.read_text(encoding="utf-8") if log.exists() else ""
        assert "Traceback" not in said and clock.time() < end, said
        await asyncio.sleep(0.1)


async def live(board: poles.DemoPole, lines: Lines, voltage: Signal, relay: Signal) -> None:
    """Its story."""
    lines.start()
    try:
        await board.start("power-on")
        await until(board, lambda: relay.value == 0)  # the board finds it on, which no alarm says
        voltage.jump(2600)
        await until(board, lambda: relay.value == 1)
        voltage.jump(2300)
        await until(board, lambda: relay.value == 0)
        assert await board.finish(WAIT) == 0
    finally:
        await board.abort()
        lines.stop()


def test_a_board_switches_its_relay(tmp_path: Path) -> None:
    interpreter()
    board = poles.DemoBoard(tmp_path / "board", "CD-WH-0003", "Wuhou", (104.0, 30.0))
    board.configure("coap", "coap://127.0.0.1:9", sm2.public_key(5))
    path = board.folder / "pole.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[[line]]")] + LINE, encoding="utf-8")
    (board.folder / "settings.bin").write_bytes(pole_toml.load(path).packed)
    values = {name: still(0) for _, name, _ in eastron_sdm120.Twin.places}
    values["voltage"].jump(2300)
    relays = {"relay1": still(1), "relay2": still(0)}
    lines = Lines()
    twins = [eastron_sdm120.Twin(2, values, nothing), relay_board.Twin(3, relays, nothing)]
    lines.add(board.folder / "rs485", MODE, twins)
    asyncio.run(live(board, lines, values["voltage"], relays["relay1"]))
    said = (board.folder / "agent.log").read_text(encoding="utf-8")
    assert "relays/relay1 wanted 1, is 1: alarm meter/voltage" in said
