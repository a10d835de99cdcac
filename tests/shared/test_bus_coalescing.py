"""Fields of one device are read in the fewest requests, which are cut where they are refused."""

from agent.drivers.modbus import ModbusDevice, uint16, uint32
from agent.errors import Refused
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.twin import ModbusTwin
from tests.shared.bus_world import World, tilt


def table(places, count=125, gap=0):
    """A driver class with one 16-bit field at each place."""

    class Table(ModbusDevice):
        model = "table"
        fields = tuple([uint16(at, "at%d" % at, "/", 0) for at in places])
        max_registers = count
        max_gap = gap

    return Table


class Patchy(ModbusTwin):
    """A slave whose registers hold 7 * their number; it refuses requests that touch an absent
    one, with exception 2, and those of more than limit, with exception 3."""

    def __init__(self, unit, absent=(), limit=125):
        super().__init__(unit, {}, None)
        self.absent = absent
        self.limit = limit

    def _reply(self, pdu, now_ms):
        at, count = pdu[1] << 8 | pdu[2], pdu[3] << 8 | pdu[4]
        if count > self.limit:
            return bytes((pdu[0] | 0x80, 3))
        if [place for place in self.absent if at <= place < at + count]:
            return bytes((pdu[0] | 0x80, 2))
        data = b"".join(
            [(7 * place & 0xFFFF).to_bytes(2, "big") for place in range(at, at + count)]
        )
        return bytes((pdu[0], len(data))) + data


def world(driver_class, **limits):
    device = tilt(1)
    device.driver = driver_class({"address": 1})
    return World([Patchy(1, **limits)], [device]), device


def reads(world):
    """[(first register, count)] that went over the line."""
    return [(data[2] << 8 | data[3], data[4] << 8 | data[5]) for _, data in world.heard.requests]


def test_fields_that_touch_are_one_request_and_gaps_part_them():
    assert table((0, 1, 2, 4))({}).requests() == [(0, 3), (4, 1)]
    assert table((4, 2, 0, 1))({}).requests() == [(0, 3), (4, 1)]
    assert table((0, 1, 2, 4, 8), gap=1)({}).requests() == [(0, 5), (8, 1)]
    assert table((0, 1, 2, 4, 8), gap=3)({}).requests() == [(0, 9)]


def test_no_request_is_larger_than_the_device_allows():
    assert table(range(10), 4)({}).requests() == [(0, 4), (4, 4), (8, 2)]
    assert table((0, 3, 6, 9), 7, 10)({}).requests() == [(0, 7), (9, 1)]
    assert table(range(300))({}).requests() == [(0, 125), (125, 125), (250, 50)]

    class Wide(ModbusDevice):
        fields = (uint32(0, "a", "/", 0), uint32(2, "b", "/", 0), uint32(4, "c", "/", 0))
        max_registers = 5

    assert Wide({}).requests() == [(0, 4), (4, 2)]


def test_fields_that_overlap_are_read_once():
    class Flags(ModbusDevice):
        fields = (uint32(0, "a", "/", 0), uint16(1, "b", "/", 0), uint16(1, "c", "/", 0))

    assert Flags({}).requests() == [(0, 2)]


def test_one_absent_register_costs_its_own_field_alone():
    test, device = world(table(range(8)), absent=(5,))
    result = test.read(device)
    assert result.error is None
    for place, reading in enumerate(result.readings):
        wanted = (None, DEVICE_FAULT) if place == 5 else (7 * place, GOOD)
        assert (reading.value, reading.quality) == wanted
    learning = len(reads(test))
    assert reads(test)[0] == (0, 8) and learning <= 7
    # What was learnt is remembered: the whole is not asked for again.
    test.heard.requests = []
    test.read(device)
    assert reads(test) == device.driver.plan and len(reads(test)) == 4
    assert (5, 1) in reads(test)


def test_a_request_that_is_too_long_is_cut_until_it_is_not():
    test, device = world(table(range(10)), limit=3)
    result = test.read(device)
    assert [reading.value for reading in result.readings] == [7 * place for place in range(10)]
    test.heard.requests = []
    assert test.read(device).error is None
    assert max([count for _, count in reads(test)]) <= 3 and len(reads(test)) == 4


def test_a_gap_is_what_is_cut_first():
    test, device = world(table((0, 1, 2, 6, 7), gap=8), absent=(4,))
    assert test.read(device).error is None
    assert reads(test) == [(0, 8), (0, 3), (6, 2)]


def test_a_field_of_two_registers_is_never_cut():
    class Wide(ModbusDevice):
        fields = (uint32(0, "a", "/", 0), uint32(2, "b", "/", 0), uint16(1, "c", "/", 0))

    test, device = world(Wide, absent=(3,))
    values = [reading.value for reading in test.read(device).readings]
    assert values == [7, None, 7] and reads(test) == [(0, 4), (0, 2), (2, 2)]


def test_a_device_that_refuses_everything_is_refused_and_costs_one_request():
    test, device = world(table(range(8)), absent=tuple(range(8)))
    assert isinstance(test.read(device).error, Refused)
    assert device.driver.plan == device.driver.requests()
    test.heard.requests = []
    for _ in range(10):
        assert isinstance(test.read(device).error, Refused)
    assert reads(test) == [(0, 8)] * 10
    # It is tried again after a while: it may only have been starting up.
    test.line.twins[1].absent = (3,)
    for _ in range(30):
        result = test.read(device)
    assert result.error is None and result.readings[0].value == 0


def test_what_was_learnt_outlives_a_time_in_which_all_is_refused():
    test, device = world(table(range(8)), absent=(5,))
    test.read(device)
    learnt = list(device.driver.plan)
    test.line.twins[1].absent = tuple(range(8))
    assert isinstance(test.read(device).error, Refused)
    assert device.driver.plan == learnt != device.driver.requests()


def test_other_exceptions_cut_nothing():
    test, device = world(table(range(8)))
    test.line.twins[1].fault = "refuses"  # exception 4
    test.line.twins[1]._reply = lambda pdu, now: bytes((pdu[0] | 0x80, 4))
    assert isinstance(test.read(device).error, Refused)
    assert device.driver.plan == device.driver.requests() and reads(test) == [(0, 8)]


def test_whatever_is_absent_all_the_rest_is_read():
    dice = Dice(11)
    for _ in range(60):
        places = sorted({dice.below(40) for _ in range(12)})
        absent = tuple([dice.below(40) for _ in range(dice.below(4))])
        test, device = world(
            table(places, gap=dice.below(6)), absent=absent, limit=4 + dice.below(9)
        )
        for _ in range(2):
            test.heard.requests = []
            result = test.read(device)
            if result.error is not None:
                assert [place for place in places if place not in absent] == []
                break
            found = {reading.name: reading.value for reading in result.readings}
            for place in places:
                assert found["at%d" % place] == (None if place in absent else 7 * place)
        else:
            assert reads(test) == device.driver.plan
