"""The bus engine on simulated time: dead and mad devices, silence, late replies."""

from agent.device import BURST, PROBE_MAX, PROBE_MIN, SHARE
from agent.errors import NoReply, Refused, WrongReply
from agent.protocols import modbus, serial_mode
from agent.reading import NO_REPLY
from tests.shared.bus_pair import pair, values
from tests.shared.bus_world import ALARM, MODE, World, tilt, tilt_twin

# Dead devices.


def eight(dead=()):
    twins = [tilt_twin(unit) for unit in range(1, 9)]
    for unit in dead:
        twins[unit - 1].fault = "silent"
    return World(twins, [tilt(unit, 1) for unit in range(1, 9)])


def live_rate(dead, seconds):
    """Readings of each live device in so many seconds, all of them asked as often as they can."""
    world = eight(dead)
    for device in world.devices:
        device.driver.timeout_ms = 500
    counts = world.poll(world.now + seconds * 1000)
    return min([counts["tilt%d" % unit] for unit in range(1, 9) if unit not in dead])


def test_seven_devices_lose_nothing_to_a_dead_one_and_five_nothing_to_three():
    alive = live_rate((), 40)
    assert live_rate((8,), 40) >= alive
    assert live_rate((2, 5, 8), 40) >= alive


def test_what_dead_devices_cost_a_line_has_a_budget():
    world = eight((1, 2, 3, 4, 5, 6, 7))
    for device in world.devices:
        device.driver.timeout_ms = 1000
    world.poll(world.now + 60000)
    # What was saved up, a tenth of the time, and the one that opens each breaker at once.
    assert world.bus.timeouts <= (BURST + 60000 // SHARE) // 1000 + 7
    # A probe may go into debt: nobody is given up for ever.
    world.line.twins[1].fault = ""
    assert world.run(world.now + 200000, lambda: world.read(world.devices[0]).error is None)


def test_a_breaker_opens_after_three_failures_and_probes_with_jitter():
    world = eight((3,))
    device = world.devices[2]
    for _ in range(3):
        assert isinstance(world.read(device).error, NoReply)
    assert device.shut() and world.said == ["device: tilt3: " + device.last_error]
    asked = len(world.heard.requests)
    # It is answered at once, without a word on the line.
    begun = world.now
    assert isinstance(world.read(device).error, NoReply)
    assert world.now == begun and len(world.heard.requests) == asked
    times = []
    while world.now < begun + 300000:
        world.read(device)
        if len(world.heard.requests) > asked:
            asked = len(world.heard.requests)
            times.append(world.heard.requests[-1][0])
        world.run(world.now + 100)
    waits = [times[i + 1] - times[i] for i in range(len(times) - 1)]
    # One request a probe, further and further apart, never exactly doubled.
    assert PROBE_MIN <= times[0] - begun + 1500 <= PROBE_MIN * 5 // 4 + 1600
    assert max(waits) <= PROBE_MAX * 5 // 4 + 1500 and min(waits) >= 2 * PROBE_MIN
    assert len({wait % 1000 for wait in waits}) > 1
    assert len(world.said) == 1
    world.line.twins[3].fault = ""
    assert world.run(world.now + 90000, lambda: world.read(device).error is None)
    assert not device.shut()


def test_a_device_in_bad_standing_is_not_asked_twice():
    world = eight((3,))
    asked = []
    for _ in range(3):
        before = len(world.heard.requests)
        world.read(world.devices[2])
        asked.append(len(world.heard.requests) - before)
    assert asked == [2, 1, 1]


def test_foreign_replies_open_the_breaker_too():
    """A line on which others are answered is no reason to wait for a dead device for ever."""
    world = World([tilt_twin(3)], [tilt(3)])
    world.line.twins[1].fault = "foreign"
    for _ in range(3):
        assert isinstance(world.read(world.devices[0]).error, WrongReply)
    assert world.devices[0].shut()


def test_an_exception_is_taken_at_once_and_is_no_silence():
    world = World([tilt_twin(3)], [tilt(3)])
    world.line.twins[1].fault = "refuses"
    for _ in range(5):
        begun = world.now
        error = world.read(world.devices[0]).error
        assert isinstance(error, Refused) and error.code == 4
        # Request, turnaround and 5 characters, after the silence: no time-out.
        assert world.now - begun <= 9 + 5 + 6 + 4
    assert not world.devices[0].shut() and world.bus.timeouts == 0


def test_a_refusal_proves_that_a_device_is_there():
    world = World([tilt_twin(3)], [tilt(3)])
    twin = world.line.twins[1]
    for _ in range(2):
        for fault in ("silent", "silent", "refuses"):
            twin.fault = fault
            world.read(world.devices[0])
    assert world.devices[0].failures == 0 and not world.devices[0].shut()


def test_a_gateways_word_for_a_silent_device_is_silence():
    """Exceptions 10 and 11 come from a gateway, after a time-out of its own."""
    for code in (10, 11):
        world = World([tilt_twin(3)], [tilt(3)])
        twin = world.line.twins[1]
        twin.turnaround_ms = 200
        twin._reply = lambda pdu, now, code=code: bytes((pdu[0] | 0x80, code))
        for _ in range(3):
            result = world.read(world.devices[0])
            assert isinstance(result.error, NoReply) and "gateway" in str(result.error)
            assert result.readings[0].quality == NO_REPLY
        assert world.devices[0].shut() and world.bus.timeouts == 0


# Who goes first.


def test_alarm_channels_go_before_routine_ones_and_else_first_come():
    devices = [tilt(1), tilt(2), tilt(3, 1000, ALARM), tilt(4)]
    world = World([tilt_twin(unit) for unit in range(1, 5)], devices)
    for device in devices:
        world.bus.request(device, world.now)
    world.run(world.now + 1000)
    assert world.heard.units() == [3, 1, 2, 4]


def test_an_overrun_is_skipped_and_never_queued():
    devices = [tilt(unit) for unit in range(1, 5)]
    world = World([tilt_twin(unit) for unit in range(1, 5)], devices)
    for device in devices:
        world.bus.request(device, world.now)
    world.run(world.now + 5)
    for device in devices * 3:  # one is on the line, the others wait
        world.bus.request(device, world.now)
    world.run(world.now + 1000)
    assert world.heard.units() == [1, 2, 3, 4] and len(world.results) == 4
    world.bus.request(devices[0], world.now)
    world.run(world.now + 1000)
    assert world.heard.units()[4:] == [1]


# Silence.


def silences(world):
    """ms between the end of what a device said and the beginning of the next request."""
    found = []
    char_us = serial_mode.char_us(MODE)
    for at, data in world.heard.requests:
        found.append(at - (len(data) * char_us + 999) // 1000)
    return found


def test_between_two_devices_lie_three_and_a_half_characters():
    devices = [tilt(1), tilt(2)]
    world = World([tilt_twin(1), tilt_twin(2)], devices)
    for device in devices:
        world.bus.request(device, world.now)
    world.run(world.now + 1000)
    first, second = silences(world)
    # 8 characters, turnaround, 13 characters, and 3.5 of them: 3.65 ms, in whole ones.
    assert second - first == 9 + 5 + 14 + 4


def test_a_device_may_want_more_silence_and_is_not_starved_by_others():
    devices = [tilt(1), tilt(2)]
    devices[1].driver.gap_ms = 50
    world = World([tilt_twin(1), tilt_twin(2)], devices)
    for _ in range(3):
        for device in devices:
            world.bus.request(device, world.now)
        world.run(world.now + 300)
    assert world.heard.units() == [1, 2] * 3
    starts = silences(world)
    for index in (0, 2, 4):
        assert 9 + 5 + 14 + 50 <= starts[index + 1] - starts[index] <= 9 + 5 + 14 + 60


def test_noise_on_an_idle_line_is_dropped():
    world = World([tilt_twin(1)], [tilt(1)])
    world.run(world.now + 10)
    world.line.twins[1].tick = lambda now: b"\x01\x03\x0c\xff" if now < 1200 else b""
    world.run(1300)
    assert world.read(world.devices[0]).error is None


class Stray:
    """Answers what unit 1 is asked with a frame of unit 2, so that it ends just after unit 1's."""

    turnaround_ms = 7

    def receive(self, data, now_ms):
        return modbus.rtu_frame(2, b"\x03\x08" + bytes(8)) if data[0] == 1 else b""

    def tick(self, now_ms):
        return b""


def test_what_comes_before_a_request_has_left_is_no_answer_to_it():
    devices = [tilt(1), tilt(2)]
    world = World([tilt_twin(1, 1000), tilt_twin(2, 2000), Stray()], devices)
    for device in devices:
        world.bus.request(device, world.now)
    world.run(world.now + 29)
    # Unit 2's request is handed over, and waits for silence.
    assert world.line.wants_write() and len(world.results) == 1
    # An edge without a timer of its own looks again when it may leave.
    assert world.bus.step(world.now) <= world.now + 4
    world.run(world.now + 1000)
    assert [result.readings[0].value for _, result in world.results] == [1000, 2000]


# Late replies.


def test_a_late_reply_is_never_taken_for_that_to_another_ask():
    """The reply to the first ask comes while the retry's second ask waits for its own."""
    world, device = pair([None, 5, None])
    # The first is lost, its retry answered; the second ask's reply could be the first's, late.
    result = world.read(device)
    assert values(result) in ([100, 101], [None, None])
    for late in range(505, 1100, 20):
        world, device = pair([late])
        for _ in range(3):
            assert values(world.read(device)) in ([100, 101], [None, None]), late
            world.run(world.now + 500)


def test_every_second_reply_late_gives_no_wrong_value():
    for late in range(480, 1000, 40):
        world, device = pair([5, late] * 20)
        for _ in range(12):
            assert values(world.read(device)) in ([100, 101], [None, None]), late
            world.run(world.now + 300)


def test_after_a_lost_reply_the_doubt_costs_no_reading():
    world, device = pair([None])
    assert values(world.read(device)) == [100, 101]
    # Lost and asked again; then each is asked once more, because its match may be the lost one.
    assert [data[3] for _, data in world.heard.requests] == [0, 0, 0, 1, 1]
    assert world.bus.timeouts == 1


def test_a_device_slower_than_its_time_out_is_told_so():
    world, device = pair([760] * 40)
    errors = []
    for _ in range(4):
        errors.append(str(world.read(device).error))
    assert [
        text for text in errors if "later than its time-out" in text or "did not answer" in text
    ]


def test_after_a_time_out_the_same_device_rests_and_others_do_not():
    twins = [tilt_twin(1), tilt_twin(2)]
    twins[0].fault = "silent"
    devices = [tilt(1), tilt(2)]
    world = World(twins, devices)
    for device in devices:
        world.bus.request(device, world.now)
    world.run(world.now + 3000)
    assert world.heard.units() == [1, 2, 1]
    first, second, third = [at for at, _ in world.heard.requests]
    assert second - first < 340 and third - first >= 300 + 250
