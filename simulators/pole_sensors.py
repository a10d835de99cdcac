"""The sensors of a simulated pole: its lines as settings name them, and the devices that answer on
them. The poles of the demo have them, and the boards on a bench.
"""

from collections.abc import Callable, Sequence

from simulators.world.dice import Dice
from simulators.world.sensors import dyp_ultrasonic, plantower_pms5003, winsen_ze07, witmotion_tilt
from simulators.world.signal import Signal

MODE = "9600 8N1"
_MOUNT = 3200  # mm over the road, as the settings say
_RS485 = """
[[line]]
name = "rs485"
port = "{port}"
mode = "9600 8N1"
{more}
[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "2s"
mount = "3200 mm"
alarm.level = {{ above = "300 mm", clear = "250 mm" }}

[[line.device]]
name = "cover"
driver = "witmotion-tilt"
address = 80
every = "2s"
"""
_GAS = """
[[line]]
name = "gas"
port = "{port}"

[[line.device]]
name = "chamber"
driver = "winsen-ze07"
every = "2s"
"""
_AIR = """
[[line]]
name = "air"
port = "{port}"

[[line.device]]
name = "air"
driver = "plantower-pms5003"
every = "2s"
"""
_STEP_MS = 1000  # between two steps of a value

Heard = Callable[[str, int, int], None]  # channel, ms, value: as a device has just answered


def settings(ports: Sequence[str], more: str = "", devices: str = "") -> str:
    """The [[line]] tables of 1 to 3 ports: two sensors on the first line, one each on the others.
    more: lines of the first table; devices: more tables of devices on that line."""
    tables = (_RS485 + devices, _GAS, _AIR)
    return "".join(
        table.format(port=port, more=more) for table, port in zip(tables, ports, strict=False)
    )


class PoleSensors:
    """lines: the devices on each line, in the order of settings(). level: the water at the first
    one, 0 to 2500 mm. seed: of how the values walk; heard: who is told what a device answers, by
    its name."""

    def __init__(self, seed: int, heard: Callable[[str], Heard]) -> None:
        self._dice = Dice(seed)
        self.level = self.walk(20, 0, 2500, 4)
        water = {"level": self.level, "temperature": self.walk(215, 150, 300, 1)}
        tilt = {"roll": self.walk(120, -900, 900, 15), "pitch": self.walk(-80, -900, 900, 15)}
        co = {"co": self.walk(5, 0, 60, 1)}
        dust = {name: self.walk(value, 1, 180, 2)
                for name, value in (("pm1", 9), ("pm25", 14), ("pm10", 21))}  # fmt: skip
        self.lines: tuple[list[object], ...] = (
            [
                dyp_ultrasonic.Twin(1, water, heard("underpass"), _MOUNT),
                witmotion_tilt.Twin(80, tilt, heard("cover")),
            ],
            [winsen_ze07.Twin(co, heard("chamber"))],
            [plantower_pms5003.Twin(dust, heard("air"))],
        )

    def walk(self, value: int, low: int, high: int, step: int) -> Signal:
        """A value of its own chance, that begins at value."""
        return Signal(self._dice, value, step, low, high, _STEP_MS)
