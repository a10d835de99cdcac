"""Replies that come up to ten seconds late, in any order: none is taken for another's."""

from agent.drivers import load
from agent.protocols import modbus
from simulators.contract import bus_clauses
from simulators.world.dice import Dice
from simulators.world.sensors import dyp_uart, plantower_pms5003
from tests.shared.bus_world import World, nothing, still, tilt
from tests.shared.late_twin import PLACES, LateTwin, Scattered, wrong

LATE = 10000  # ms


def delays_of(dice, count):
    """Delays of replies: prompt, lost, or late by up to LATE."""
    found = []
    for _ in range(count):
        chance = dice.below(4)
        found.append(None if chance == 0 else 5 if chance < 3 else dice.below(LATE))
    return found


def test_no_late_reply_is_another_registers_value_and_in_order_none_is_stale():
    good = 0
    for seed in range(60):
        dice = Dice(3000 + seed)
        delays = delays_of(dice, 12)
        for in_order in (False, True):
            found, read = wrong(delays, in_order, seed % 2 == 0, 4, dice.below(2500))
            assert not found, (seed, in_order, found)
            good += read
    assert good > 40, good


def test_one_lost_reply_costs_a_constant_value_one_question_more():
    for alive in (False, True):
        found, good = wrong([None], False, alive, 3)
        assert not found and good == 3


def test_a_reply_of_ten_seconds_ago_is_not_believed():
    # The first question is answered when the second reading waits for its own second question.
    for late in range(500, LATE, 170):
        for before in (0, 1, 4):
            delays = [5] * before + [late]
            found, good = wrong(delays, False, True, 8, 600 + late % 700, True)
            assert not found and good >= 7, (late, before, found, good)


class Gas:
    """A gas module: each answer holds the number of its question; the first comes late."""

    def __init__(self, late):
        self.late = late
        self.asked = 0
        self.turnaround_ms = 0

    def receive(self, data, now_ms):
        self.asked += 1
        self.turnaround_ms = self.late if self.asked == 1 else 20
        head = bytes((0xFF, 0x86, 0, self.asked, 0, 0, 0, 0))
        return head + bytes((-sum(head[1:]) & 0xFF,))

    def tick(self, now_ms):
        return b""


def test_a_serial_devices_late_answer_is_not_that_to_a_later_question():
    for late in range(1020, 3000, 60):
        device = tilt(1)
        device.driver = load("winsen-mhz19b")({})
        device.driver.warm_up_ms = 0
        twin = Gas(late)
        world = World([twin], [device])
        for _ in range(4):
            before = twin.asked
            value = world.read(device).readings[0].value
            assert value is not None and value > before, (late, value, before)
            world.run(world.now + 100)


def after_silence(model, twin):
    """(values, ms) of three readings after one in which the twin was silent."""
    driver = load(model)({})
    driver.warm_up_ms = 0
    wire = bus_clauses.Wire(driver, twin)
    twin.fault = "silent"
    assert wire.reading().error is not None
    twin.fault = ""
    found = []
    for _ in range(3):
        begun = wire.now
        values = [part.value for part in wire.reading().readings]
        found.append((values, wire.now - begun))
    return found


def test_who_talks_by_himself_is_never_late():
    for values, ms in after_silence("dyp-uart", dyp_uart.Twin({"distance": still(1234)}, nothing)):
        assert values == [1234] and ms < 400, (values, ms)


class Active(plantower_pms5003.Twin):
    """A PMS5003 in active mode."""

    def tick(self, now_ms):
        if now_ms % 200 >= 20:
            return b""
        return self.said(self.answer(bytearray(plantower_pms5003.MEASURE), now_ms))


def test_who_is_asked_and_talks_besides_is_believed_soon():
    twin = Active({name: still(5) for name in ("pm1", "pm25", "pm10")}, nothing)
    for values, ms in after_silence("plantower-pms5003", twin):
        assert values == [5, 5, 5] and ms < 1500, (values, ms)


class Refusing(LateTwin):
    """Has no second register; and the first refusal of it comes late."""

    def receive(self, data, now_ms):
        reply = super().receive(data, now_ms)
        if reply and data[3]:
            return modbus.rtu_frame(self.unit, b"\x83\x02")
        return reply


def test_a_late_refusal_is_not_taken_for_that_of_another_register():
    device = tilt(9)
    device.driver = Scattered({"address": 9})
    world = World([Refusing([5, 520], False, False)], [device])
    readings = world.read(device, 60000).readings
    assert [part.value for part in readings] == [0, None]
    assert device.driver.plan == device.driver.requests()
    # A refusal that is in time is taken as it comes, once.
    asked = len(world.heard.requests)
    readings = world.read(device, 60000).readings
    assert [part.value for part in readings] == [0, None]
    assert len(world.heard.requests) - asked <= 4


def test_what_came_damaged_may_still_come_whole():
    """Noise in place of the reply, which comes late: the next match is not trusted, either."""
    device = tilt(9)
    device.driver = Scattered({"address": 9})
    twin = LateTwin([900], False, True)
    world = World([twin], [device])
    twin.tick = lambda now: b"\xff" if 1100 < now < 1120 else b""
    readings = world.read(device, 60000).readings
    assert [part.value >> 12 for part in readings] == list(PLACES)
    assert readings[0].value & 0xFFF > 2 and len(world.heard.requests) >= 4
