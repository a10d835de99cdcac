"""Masters that poll eight slaves as fast as they can: ``python -m bench.bus_clients NAME PORT BAUD
REGISTERS``, until they are ended. Each is used as its own documents show.
"""

import asyncio
import contextlib
import ctypes
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.bus_slave import silence_ns

UNITS = range(1, 9)


def table(registers: int) -> Any:
    """A driver of ours that reads so many registers."""
    from agent.drivers.modbus import ModbusDevice, uint16

    fields = tuple(uint16(at, f"c{at}", "/", 0) for at in range(registers))
    return type("Table", (ModbusDevice,), {"fields": fields})


def ours(port: str, baud: int, registers: int) -> None:
    """The agent's bus, line and loop, as agent.linux.node has them."""
    from agent.bus import Bus, Device
    from agent.linux.entropy import Entropy
    from agent.linux.line import SerialLine
    from agent.linux.line_watch import LineWatch

    async def main() -> None:
        woken = asyncio.Event()
        line = SerialLine(port)
        devices = [Device(f"d{unit}", table(registers)({"address": unit}), 1000) for unit in UNITS]
        bus = Bus(line, f"{baud} 8N1", devices, Entropy(), lambda topic, text: None, False)
        loop = asyncio.get_running_loop()
        watch = LineWatch(line, loop, woken.set)
        for device in devices:
            bus.request(device, 0)
        while True:
            now = time.monotonic_ns() // 1_000_000
            wake = bus.step(now)
            for result in bus.take():
                bus.request(result.device, now)
                wake = now
            watch.look()
            delay = max(0, wake - time.monotonic_ns() // 1_000_000) / 1000
            timer = loop.call_later(delay, woken.set)
            await woken.wait()
            timer.cancel()
            woken.clear()

    asyncio.run(main())


def minimalmodbus(port: str, baud: int, registers: int) -> None:
    """minimalmodbus, one Instrument a unit."""
    library = importlib.import_module("minimalmodbus")  # may be left out
    devices = [library.Instrument(port, unit) for unit in UNITS]
    for device in devices:
        device.serial.baudrate = baud
        device.serial.timeout = 0.5
    for device in _round(devices):
        with contextlib.suppress(OSError, ValueError):
            device.read_registers(0, registers)


def pymodbus(port: str, baud: int, registers: int) -> None:
    """pymodbus's synchronous client."""
    from pymodbus import ModbusException
    from pymodbus.client import ModbusSerialClient

    client = ModbusSerialClient(port, baudrate=baud, timeout=0.5, retries=0)
    client.connect()
    for unit in _round(UNITS):
        with contextlib.suppress(ModbusException):
            client.read_holding_registers(0, count=registers, device_id=unit)


def libmodbus(port: str, baud: int, registers: int) -> None:
    """libmodbus in a plain loop."""
    _libmodbus(port, baud, registers, lambda: None)


def libmodbus_silent(port: str, baud: int, registers: int) -> None:
    """libmodbus with a sleep of 3.5 characters behind each read, which it does not do itself."""
    silence = silence_ns(baud) / 1e9
    _libmodbus(port, baud, registers, lambda: time.sleep(silence))


def _libmodbus(port: str, baud: int, registers: int, rest: Callable[[], None]) -> None:
    library = ctypes.CDLL("libmodbus.so.5")
    library.modbus_new_rtu.restype = ctypes.c_void_p
    context = ctypes.c_void_p(
        library.modbus_new_rtu(port.encode(), baud, ctypes.c_char(b"N"), 8, 1)
    )
    library.modbus_connect(context)
    found = (ctypes.c_uint16 * registers)()
    for unit in _round(UNITS):
        library.modbus_set_slave(context, unit)
        library.modbus_read_registers(context, 0, registers, found)
        rest()


def _round(items: Any) -> Iterator[Any]:
    while True:
        yield from items


CLIENTS: dict[str, Callable[[str, int, int], None]] = {
    "ours": ours,
    "libmodbus with a sleep": libmodbus_silent,
    "libmodbus": libmodbus,
    "minimalmodbus": minimalmodbus,
    "pymodbus": pymodbus,
}

if __name__ == "__main__":
    CLIENTS[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
