"""A slave that nobody here wrote: pymodbus serves one unit, behind the interface of a twin."""

import asyncio
import os
import threading
import tty
from typing import Any

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.protocols import modbus
from simulators.lines.reading_log import Log, now_ms
from simulators.world.sensors import fukaite_gas
from simulators.world.sensors.twin import GARBAGE, IDLE_MS, SILENT

_REQUEST = 8  # bytes of every request that reads


class GasSlave:
    """A Fukaite gas transmitter (agent.drivers.fukaite_gas) by pymodbus's own serial server.

    signal: its concentration in 0.01 ppm. Bytes go through a pty of its own.
    """

    turnaround_ms = fukaite_gas.Twin.turnaround_ms

    def __init__(self, unit: int, signal: Any, log: Log) -> None:
        self.unit = unit
        self.signal = signal
        self.log = log
        self.fault = ""
        self._heard = bytearray()
        self._heard_at = 0
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self._port = os.ttyname(slave)
        self._slave = slave
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._serve, name="pymodbus", daemon=True).start()
        self._ready.wait(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._loop.run_forever()
        self._loop.close()

    async def _start(self) -> None:
        device = SimDevice(
            self.unit,
            [
                SimData(0x0000, values=[0], datatype=DataType.REGISTERS),
                SimData(0x001E, values=[2], datatype=DataType.REGISTERS),
            ],
            action=self._read,
        )
        self._server = ModbusSerialServer(
            device,
            framer=FramerType.RTU,
            port=self._port,
            baudrate=9600,
            ignore_missing_devices=True,
        )
        await self._server.serve_forever(background=True)
        self._ready.set()

    async def _read(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: Any
    ) -> None:
        """pymodbus is about to answer: put the present value where it will read it."""
        if values is None and address <= 0x0000 < address + count:
            now = now_ms()
            value = self.signal.at(now)
            registers[0x0000 - start] = value
            if not self.fault:
                self.log("co", now, value)

    def fileno(self) -> int:
        """What to wait on for an answer; tick() then gives it."""
        return self._master

    def receive(self, data: bytes, now: int) -> bytes:
        """What was heard on the line. The answer comes by tick, as pymodbus takes its time."""
        if now - self._heard_at > IDLE_MS:
            self._heard.clear()
        self._heard_at = now
        self._heard += data
        # Whole requests to this unit only: pymodbus answers for units that are not its own.
        while len(self._heard) >= _REQUEST:
            request = bytes(self._heard[:_REQUEST])
            whole = modbus.crc16(request) == 0
            del self._heard[: _REQUEST if whole else 1]
            if whole and request[0] == self.unit:
                os.write(self._master, request)
        return b""

    def tick(self, now: int) -> bytes:
        """What pymodbus has sent."""
        try:
            reply = os.read(self._master, 512)
        except BlockingIOError:
            return b""
        if self.fault == SILENT:
            return b""
        return bytes(byte ^ 0x5A for byte in reply) if self.fault == GARBAGE else reply

    def stop(self) -> None:
        """End the server. The line must no longer be served."""
        shutdown: Any = self._server.shutdown
        asyncio.run_coroutine_threadsafe(shutdown(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        os.close(self._master)
        os.close(self._slave)
