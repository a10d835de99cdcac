"""What hangs on the one RS-485 line of a fleet's pole: eight Modbus sensors of three models."""

from typing import Any

from simulators.world.dice import Dice
from simulators.world.sensors import cwt_soil, dyp_ultrasonic, witmotion_tilt
from simulators.world.signal import Signal

EVERY_MS = 10_000
SENSORS = 8
READINGS = 22  # of all of them, each time
_MODELS: tuple[tuple[str, tuple[int, ...], dict[str, int]], ...] = (
    ("dyp-ultrasonic", (1, 2), {"mount": 3200}),
    ("witmotion-tilt", (3, 4), {}),
    ("cwt-soil", (5, 6, 7, 8), {}),
)


def devices(every_ms: int = EVERY_MS) -> list[dict[str, Any]]:
    """Their settings; the first one watches for water."""
    found: list[dict[str, Any]] = [
        {"name": f"s{unit}", "driver": model, "every_ms": every_ms,
         "options": {"address": unit, **options}, "alarms": []}
        for model, units, options in _MODELS
        for unit in units
    ]  # fmt: skip
    found[0]["alarms"] = [
        {"channel": "level", "direction": 1, "limit": 300, "clear": 250, "for_ms": 0}
    ]
    return found


class Sensors:
    """All of them as one twin of a simulated line. Only the one whose address a request begins
    with is shown it: the seven others would throw it away. ``measured`` counts the readings that
    were given; ``level`` is what the first one sees."""

    turnaround_ms = 0  # of the one that was asked last

    def __init__(self, dice: Dice) -> None:
        self.measured = 0
        self.level = Signal(dice, 20, 3, 0, 900)
        self._units = {twin.unit: twin for twin in self._twins(dice)}

    def receive(self, data: bytes, now_ms: int) -> bytes:
        """What the addressed one answers."""
        twin = self._units[data[0]]
        self.turnaround_ms = twin.turnaround_ms
        reply: bytes = twin.receive(data, now_ms)
        return reply

    def tick(self, now_ms: int) -> bytes:
        """They send nothing unasked."""
        return b""

    def _twins(self, dice: Dice) -> list[Any]:
        def walk(value: int, high: int) -> Signal:
            return Signal(dice, value, 3, 0, high)

        found: list[Any] = [
            dyp_ultrasonic.Twin(unit, {"level": level, "temperature": walk(215, 400)}, self._log)
            for unit, level in zip(_MODELS[0][1], (self.level, walk(20, 200)), strict=True)
        ]
        found += [
            witmotion_tilt.Twin(unit, {"roll": walk(120, 900), "pitch": walk(80, 900)}, self._log)
            for unit in _MODELS[1][1]
        ]
        found += [
            cwt_soil.Twin(
                unit,
                {
                    "moisture": walk(310, 900),
                    "temperature": walk(190, 400),
                    "conductivity": walk(50, 900),
                },
                self._log,
            )
            for unit in _MODELS[2][1]
        ]
        return found

    def _log(self, channel: str, now: int, value: int) -> None:
        self.measured += 1
