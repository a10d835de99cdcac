"""A Modbus slave whose replies come when they like, and say which question they answer."""

from agent.drivers.modbus import ModbusDevice, uint16
from agent.protocols import modbus
from tests.shared.bus_world import World, tilt

PLACES = (0, 7)  # two lone registers: nothing in a reply tells one from the other


class Scattered(ModbusDevice):
    model = "scattered"
    fields = tuple([uint16(place, "at%d" % place, "/", 0) for place in PLACES])


class LateTwin:
    """Each reply comes after its own delay in ms, None for never; in_order: never before the reply
    to the question before it. A register holds its place and, where it is alive, the number of the
    question that it answers."""

    unit = 9

    def __init__(self, delays, in_order, alive):
        self.delays = list(delays)
        self.in_order = in_order
        self.alive = alive
        self.asked = 0
        self.busy_until = 0
        self.turnaround_ms = 0

    def receive(self, data, now_ms):
        if data[0] != self.unit or modbus.crc16(data):
            return b""
        self.asked += 1
        delay = self.delays.pop(0) if self.delays else 5
        if delay is None:
            return b""
        if self.in_order:
            delay = max(delay, self.busy_until - now_ms + 20)
            self.busy_until = now_ms + delay
        self.turnaround_ms = delay
        number = self.asked if self.alive else 0
        return modbus.rtu_frame(self.unit, bytes((3, 2, data[3] << 4 | number >> 8, number & 0xFF)))

    def tick(self, now_ms):
        return b""


def wrong(delays, in_order, alive, readings=4, pause_ms=300, fresh=False):
    """(what is wrong with what a bus makes of such a slave: a value of another register or, where
    replies keep their order or fresh says that they should, of an earlier reading; good readings).
    """
    device = tilt(9)
    device.driver = Scattered({"address": 9})
    twin = LateTwin(delays, in_order, alive)
    world = World([twin], [device])
    found = []
    good = 0
    for _ in range(readings):
        before = twin.asked
        result = world.read(device, 60000)
        for place, reading in zip(PLACES, result.readings):
            if reading.value is None:
                continue
            good += 1
            if reading.value >> 12 != place:
                found.append("register %d: %04x" % (place, reading.value))
            elif alive and (in_order or fresh) and reading.value & 0xFFF <= before:
                found.append("stale: question %d, after %d" % (reading.value & 0xFFF, before))
        world.run(world.now + pause_ms)
    return found, good // len(PLACES)
