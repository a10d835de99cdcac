"""The mount of a ranging sensor, measured on the dry road: read several times, written to settings.

There the distance is the height of the sensor: ``level = mount - distance`` is then nothing.
"""

import re
import time

from agent import drivers
from agent.bus import Bus
from agent.device import Device
from agent.errors import AgentError, BadSettings
from agent.linux.entropy import Entropy
from agent.linux.line import line_for
from agent.linux.toml_lines import key_lines
from agent.reading import GOOD, OUT_OF_RANGE
from agent.settings import DeviceSettings, LineSettings

CHANNEL = "distance"
MAX_SPREAD = 20  # mm between the readings; a calm road gives 5
LOOK_S = 0.005


def distances(line: LineSettings, part: DeviceSettings, count: int) -> list[int]:
    """count distances in mm, asked over the device's line. AgentError where it does not answer, or
    says that its value is not to be trusted; OSError where the line cannot be opened."""
    driver = drivers.load(part.driver)(part.options)
    device = Device(part.name, driver, part.every_ms)
    port = line_for(line.port)
    port.open(line.mode)  # so that a port in use is told for what it is
    bus = Bus(port, line.mode, [device], Entropy(), lambda topic, text: None, False)
    found: list[int] = []
    try:
        due = _now()
        while len(found) < count:
            if _now() >= due:
                bus.request(device, _now())
                due = _now() + driver.min_every_ms
            bus.step(_now())
            for result in bus.take():
                if result.error is not None:
                    raise result.error
                found.extend(_distance(reading) for reading in result.readings
                             if reading.name == CHANNEL)  # fmt: skip
            time.sleep(LOOK_S)
    finally:
        port.close()
    return found


def mount_of(found: list[int]) -> int:
    """The mount in mm by distances on the dry road. AgentError where they differ too much."""
    spread = max(found) - min(found)
    if spread > MAX_SPREAD:
        raise AgentError(
            f"the distances differ by {spread} mm ({min(found)} to {max(found)} mm): traffic, rain "
            "or water under the sensor? Try again on a calm, dry road"
        )
    return sorted(found)[len(found) // 2]


def with_mount(text: str, device: str, mount: int) -> str:
    """The text of a pole.toml in which device has that mount. BadSettings if it is not there."""
    lines = text.splitlines()
    places = key_lines(text)
    for path, number in places.items():
        if path[-1] != "name" or not re.search(rf'=\s*"{re.escape(device)}"', lines[number - 1]):
            continue
        if path[-3:-2] == ("device",):
            written = f'mount = "{mount} mm"'
            at = places.get((*path[:-1], "mount"))
            if at is None:
                lines.insert(number, written)
            else:
                lines[at - 1] = re.sub(r'mount\s*=\s*"[^"]*"', written, lines[at - 1])
            return "\n".join(lines) + "\n"
    raise BadSettings([f"no [[line.device]] has the name {device!r}"])


def _distance(reading: object) -> int:
    value, quality = reading.value, reading.quality  # type: ignore[attr-defined]
    if quality == OUT_OF_RANGE:
        raise AgentError(f"{value} mm is outside what the sensor can measure")
    if quality != GOOD:
        raise AgentError("the sensor answers, but gives no distance yet")
    return int(value)


def _now() -> int:
    return time.monotonic_ns() // 1_000_000
