"""The bus engine on other ports: one that echoes, one device that takes any address, Modbus TCP."""

from agent.protocols import modbus
from tests.shared.bus_pair import pair, values
from tests.shared.bus_world import World, tilt, tilt_twin


def test_a_port_that_echoes_is_found_out_and_read_through():
    for echo in (False, True):
        world = World([tilt_twin(1)], [tilt(1)], echo=echo)
        assert world.bus.exchange.echo is None
        assert world.read(world.devices[0]).error is None
        assert world.bus.exchange.echo == echo
    world.line.dead = True
    world.line.unplugged = True
    world.run(world.now + 100)
    world.line.unplugged = world.line.dead = world.line.echo = False
    world.run(world.now + 5000)
    assert world.bus.exchange.echo is None  # another adapter may have been plugged in
    assert world.read(world.devices[0]).error is None and world.bus.exchange.echo is False


def test_a_read_to_255_is_answered_by_the_only_device_with_its_own_number():
    device = tilt(1)
    device.driver.settings = {"address": modbus.ANY}
    world = World([Anybody(tilt_twin(17))], [device])
    assert [reading.value for reading in world.read(device).readings] == [1000, 20]
    # Two that answer at once are not one.
    receiver = modbus.RtuReceiver(modbus.ANY, modbus.read_request(3, 0, 1))
    reply = modbus.rtu_frame(17, b"\x03\x02\x00\x05")
    other = modbus.rtu_frame(18, b"\x03\x02\x00\x07")
    assert receiver.feed(bytes([one & two for one, two in zip(reply, other)])) is None
    assert receiver.feed(b"\x55" + reply[:3]) is None
    assert receiver.feed(reply) == b"\x03\x02\x00\x05" and receiver.answered == 17


class Anybody:
    """A twin that also takes what is sent to 255."""

    def __init__(self, twin):
        self.twin = twin
        self.turnaround_ms = twin.turnaround_ms

    def receive(self, data, now_ms):
        if data[0] == modbus.ANY and modbus.crc16(data) == 0:
            data = modbus.rtu_frame(self.twin.unit, data[1:-2])
        return self.twin.receive(data, now_ms)

    def tick(self, now_ms):
        return b""


class Gateway:
    """A Line of Modbus TCP that answers as told: [(delay_ms, transaction error)], one a request."""

    framing = "tcp"

    def __init__(self, ways):
        self.ways = ways
        self.now = 0
        self.connected_at = 0
        self.written = []
        self.coming = []

    def open(self, mode):
        self.coming = []

    def write(self, data):
        self.written.append(self.now)
        delay, off = self.ways.pop(0)
        number = (data[0] << 8 | data[1]) + off & 0xFFFF
        reply = bytes((number >> 8, number & 0xFF, 0, 0, 0, 5, data[6], 3, 2, 0, 100 + data[9]))
        self.coming.append((self.now + delay, reply))

    def read(self):
        arrived = [data for at, data in self.coming if at <= self.now]
        self.coming = [part for part in self.coming if part[0] > self.now]
        return b"".join(arrived)

    def wants_write(self):
        return self.now < self.connected_at

    def close(self):
        self.coming = []


def test_over_tcp_the_transaction_tells_a_late_reply():
    world, device = pair([])
    ways = [(700, 0), (5, 0), (5, 0), (5, 1), (5, 0), (5, 0)]
    gateway = world.bus.line = world.bus.exchange.line = Gateway(ways)
    found = []
    for _ in range(2):
        world.bus.request(device, world.now)
        end = world.now + 3000
        while world.now < end:
            gateway.now = world.now
            world.bus.step(world.now)
            found.extend(world.bus.take())
            world.now += 1
    assert [values(result) for result in found] == [[100, 101], [100, 101]]
    assert world.bus.timeouts == 2 and not ways


def test_nothing_is_piled_up_for_a_gateway_that_is_not_there_yet():
    world, device = pair([])
    gateway = world.bus.line = world.bus.exchange.line = Gateway([(5, 0)] * 4)
    gateway.connected_at = world.now + 3000
    begun = world.now
    while world.now < begun + 4000:
        gateway.now = world.now
        if (world.now - begun) % 1000 == 0:
            world.bus.request(device, world.now)
        wake = world.bus.step(world.now)
        # Neither asleep over it nor in a hurry.
        assert world.now + 10 <= wake <= world.now + 20 or gateway.now >= gateway.connected_at - 20
        world.now += 10
    assert gateway.written and min(gateway.written) >= gateway.connected_at
    assert [values(result) for result in world.bus.take()] == [[100, 101]] * (
        len(gateway.written) // 2
    )
