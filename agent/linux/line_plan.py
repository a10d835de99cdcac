"""What a line has to carry, before anything is deployed: requests, registers, the time they take.

A cycle is one reading of every device of a line, without retries. An exchange takes its characters
both ways, what the device usually needs to answer (Driver.answer_ms), and 3.5 characters of silence
or the device's own gap. Over TCP only the devices' own time is known.
"""

from dataclasses import dataclass
from typing import Any

from agent import drivers
from agent.drivers.ask import ModbusAsk
from agent.errors import AgentError
from agent.protocols import modbus, serial_mode
from agent.settings import LineSettings

_MOST_ASKS = 64
_TIGHT = 80  # % of its time: beyond it there is little room for retries and commands


@dataclass(frozen=True)
class DevicePlan:
    """What one reading of a device takes. requests: how many, 0 if it only listens; reads: the
    registers (or bits) of each that reads some, such as "0x0100-0x0103"."""

    name: str
    model: str
    every_ms: int
    requests: int
    reads: list[str]
    time_us: int

    @property
    def load(self) -> float:
        """Its share of the line, in %."""
        return self.time_us / (10 * self.every_ms)


@dataclass(frozen=True)
class LinePlan:
    """What one line has to carry."""

    name: str
    speed: str  # such as "9600 8N1", or "TCP"
    devices: list[DevicePlan]

    @property
    def cycle_ms(self) -> int:
        """One reading of every device."""
        return (sum(device.time_us for device in self.devices) + 999) // 1000

    @property
    def asked_ms(self) -> int:
        """The shortest interval that is asked for."""
        return min(device.every_ms for device in self.devices)

    @property
    def load(self) -> int:
        """What is asked for, in % of the line's time."""
        return round(sum(device.load for device in self.devices))

    @property
    def fits(self) -> bool:
        """Whether the line can carry it."""
        return self.load <= 100

    @property
    def tight(self) -> bool:
        """Whether it fits with little room to spare."""
        return self.fits and self.load > _TIGHT


def plan(line: LineSettings) -> LinePlan:
    """The plan of a line of the settings."""
    tcp = line.port.startswith("tcp://")
    return LinePlan(
        line.name,
        "TCP" if tcp else line.mode,
        [_device(part, None if tcp else line.mode) for part in line.devices],
    )


def _device(part: Any, mode: str | None) -> DevicePlan:
    driver = drivers.load(part.driver)(part.options)
    asks = _asks(driver)
    return DevicePlan(
        part.name,
        part.driver,
        part.every_ms,
        sum(bool(ask.open("rtu", 0)[0]) for ask in asks),
        [_places(ask.pdu) for ask in asks if isinstance(ask, ModbusAsk)],
        sum(_time_us(ask, driver, mode) for ask in asks),
    )


def _places(pdu: bytes) -> str:
    first = pdu[1] << 8 | pdu[2]
    last = first + (pdu[3] << 8 | pdu[4]) - 1
    return f"0x{first:04X}" if last == first else f"0x{first:04X}-0x{last:04X}"


def _asks(driver: Any) -> list[Any]:
    """What one reading asks, as far as it can be told without the device: replies are made up."""
    asks: list[Any] = []
    script = driver.read()
    try:
        asks.append(next(script))
        while len(asks) < _MOST_ASKS:
            asks.append(script.send(_reply(asks[-1])))
    except (StopIteration, AgentError, ValueError, LookupError):
        pass
    finally:
        script.close()
    return asks


def _reply(ask: Any) -> bytes:
    """A reply to ask, all zeros."""
    if isinstance(ask, ModbusAsk):
        prefix, size = modbus.expected(ask.pdu)
        return bytes(prefix + bytes(size - len(prefix)))
    return bytes(getattr(ask, "size", 0))


def _time_us(ask: Any, driver: Any, mode: str | None) -> int:
    request, receiver = ask.open("rtu", 0)
    if not request:
        # It speaks by itself, so often at the least.
        return int(min(driver.min_every_ms, ask.timeout_ms)) * 1000
    time_us = int(driver.answer_ms) * 1000
    if mode is None:
        return time_us
    silence = max(serial_mode.silence_us(mode), int(driver.gap_ms) * 1000)
    characters = len(request) + int(receiver.size)
    return time_us + characters * serial_mode.char_us(mode) + silence
