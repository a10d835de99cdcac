"""A device that is asked twice for one reading, where one reply can be taken for the other."""

from agent.drivers.ask import ModbusAsk
from agent.drivers.driver import Driver
from agent.protocols import modbus
from agent.reading import Channel, Reading
from tests.shared.bus_world import World, tilt


class Pair(Driver):
    """Reads one register each from two places, in two asks: their replies look the same."""

    model = "pair"
    protocol = "modbus"
    timeout_ms = 500
    channels = (Channel("a", "/", 0, None, None), Channel("b", "/", 0, None, None))

    def read(self):
        readings = []
        for place, channel in enumerate(self.channels):
            pdu = modbus.read_request(modbus.READ_HOLDING, place, 1)
            reply = yield ModbusAsk(self.settings["address"], pdu, self.timeout_ms)
            value = modbus.registers(reply)[0]
            readings.append(Reading(channel.name, value, 0, "/", 0))
        return readings


class PairTwin:
    """Answers 100 + place, each reply after its own delay; None for never."""

    def __init__(self, unit, delays):
        self.unit = unit
        self.delays = delays
        self.turnaround_ms = 0

    def receive(self, data, now_ms):
        if data[0] != self.unit or modbus.crc16(data):
            return b""
        delay = self.delays.pop(0) if self.delays else 5
        if delay is None:
            return b""
        self.turnaround_ms = delay
        return modbus.rtu_frame(self.unit, bytes((3, 2, 0, 100 + data[3])))

    def tick(self, now_ms):
        return b""


def pair(delays, timeout_ms=500):
    device = tilt(9)
    device.driver = Pair({"address": 9})
    device.driver.timeout_ms = timeout_ms
    return World([PairTwin(9, delays)], [device]), device


def values(result):
    return [reading.value for reading in result.readings]
