"""Commands on a bus: before everything else, read back, and answered whatever happens."""

from agent.errors import NoReply, Refused
from tests.shared.bus_world import World, relay_twin, relays, tilt, tilt_twin


def board(safe="off", welded=(), **faults):
    device = relays(1, safe=safe)
    return World([relay_twin(1, welded=welded)], [device], **faults), device


def values(command):
    return [reading.value for reading in command.readings]


def test_a_command_is_done_when_it_is_read_back():
    world, device = board()
    done = world.write(device, "relay2", 1)
    assert (done.confirmed, done.error, values(done)) == (True, None, [0, 1])
    assert world.write(device, "relay2", 0).confirmed
    assert world.results == []


def test_the_safe_state_is_the_drivers():
    for safe, value in (("on", 1), ("off", 0)):
        world, device = board(safe)
        done = world.write(device, "relay1", None)
        assert done.confirmed and values(done)[0] == value


def test_a_relay_that_is_welded_is_not_confirmed():
    world, device = board(welded=("relay1",))
    done = world.write(device, "relay1", 1)
    assert not done.confirmed and done.error is None and values(done) == [0, 0]


def test_an_echo_is_not_taken_for_the_reply_to_a_write():
    """With an echo the reply to a write comes twice. Taking the first copy for it would ask on
    while the board still answers."""
    for echo in (False, True):
        world, device = board(echo=echo)
        assert world.write(device, "relay1", 1).confirmed
        assert world.bus.exchange.echo == echo
        # The first command reads first, to learn of the echo; the second knows.
        functions = [data[1] for _, data in world.heard.requests]
        assert functions == [1, 5, 1]
        times = [at for at, _ in world.heard.requests]
        # Request, turnaround and reply (and 3.5 characters) lie between any two requests.
        assert min([times[i + 1] - times[i] for i in range(2)]) >= 8 + 5 + 6 + 4
        assert world.write(device, "relay1", 0).confirmed
        assert [data[1] for _, data in world.heard.requests][3:] == [5, 1]


def test_a_command_goes_before_all_that_waits():
    device = relays(1)
    devices = [tilt(unit) for unit in range(2, 8)] + [device]
    twins = [tilt_twin(unit) for unit in range(2, 8)] + [relay_twin(1)]
    world = World(twins, devices)
    for other in devices[:-1]:
        world.bus.request(other, world.now)
    world.run(world.now + 10)
    command = world.command(device, "relay1", 1)
    assert world.run(world.now + 5000, lambda: command.over)
    # One exchange was under way; then the command's write and read, then the rest.
    assert world.heard.units()[:4] == [2, 1, 1, 3]
    assert command.confirmed
    world.run(world.now + 5000)
    assert len(world.results) == 6 and world.heard.units()[3:] == [3, 4, 5, 6, 7]


def pair_world():
    """A device that reads two inclinometers in one script, and a relay board."""
    first, second = tilt(2), tilt(3)

    def both():
        one = yield from first.driver.read()
        yield from second.driver.read()
        return one

    device = relays(1)
    pair = tilt(2)
    pair.driver.read = both
    return World([tilt_twin(2), tilt_twin(3), relay_twin(1)], [pair, device]), pair, device


def test_a_command_goes_between_two_asks_of_one_reading():
    world, pair, device = pair_world()
    world.bus.request(pair, world.now)
    world.run(world.now + 10)
    command = world.command(device, "relay1", 1)
    world.run(world.now + 2000)
    assert world.heard.units() == [2, 1, 1, 3]
    assert command.confirmed and world.results[0][1].error is None
    assert not pair.wanted


def test_a_reading_that_waits_twice_keeps_its_place_behind_commands():
    world, pair, device = pair_world()
    world.bus.request(pair, world.now)
    world.run(world.now + 10)
    command = world.command(device, "relay1", 1)
    world.bus.request(device, world.now)
    world.bus.request(pair, world.now)  # its reading has begun: nothing is added
    world.run(world.now + 2000)
    # The command goes between its asks; then its second ask; then the reading that waits.
    assert world.heard.units() == [2, 1, 1, 3, 1]
    assert command.confirmed
    assert [result.device for _, result in world.results] == [pair, device]


def test_a_command_that_cannot_be_is_refused():
    sensor = tilt(2)
    world, device = board()
    world.devices.append(sensor)
    for target, channel, value in ((device, "relay9", 1), (device, "relay1", 7), (sensor, "a", 1)):
        done = world.write(target, channel, value)
        assert isinstance(done.error, Refused) and not done.confirmed and done.readings == []
    assert world.said == [] and world.heard.requests == []


def test_a_mistaken_command_says_nothing_about_its_board():
    world, device = board()
    world.line.dead = True
    for _ in range(3):
        world.read(device)
    assert device.shut()
    assert isinstance(world.write(device, "relay9", 1).error, Refused)
    assert device.shut()


def test_a_driver_that_fails_while_it_writes_is_told_as_a_bug():
    for asks in (0, 1):
        world, device = board()

        def write(channel, value, driver=device.driver, asks=asks):
            if asks:
                yield from driver.read()
            raise KeyError(channel)
            yield

        device.driver.write = write
        done = world.write(device, "relay1", 1)
        assert "the driver failed" in str(done.error) and not done.confirmed
        assert len(world.said) == 1 and world.said[0].startswith("bug: ")


def test_a_script_that_is_given_up_is_closed():
    closed = []

    def read():
        try:
            for _ in range(9):
                yield from tilt(2).driver.read()
        finally:
            closed.append(True)

    sensor = tilt(2)
    sensor.driver.read = read
    world = World([tilt_twin(2)], [sensor])
    world.bus.request(sensor, world.now)
    world.run(world.now + 60)
    assert not closed
    world.line.unplugged = True
    world.run(world.now + 100)
    assert closed == [True] and "out of order" in str(world.results[0][1].error)


def test_too_many_commands_are_refused_and_none_is_lost():
    world, device = board()
    commands = [world.command(device, "relay1", number & 1) for number in range(40)]
    world.run(world.now + 20000)
    assert [command.over for command in commands] == [True] * 40
    assert [command.confirmed for command in commands] == [True] * 16 + [False] * 24


def test_a_command_to_a_silent_board_ends_in_no_reply_and_is_always_tried():
    world, device = board()
    world.line.dead = True
    for _ in range(4):
        done = world.write(device, "relay1", 1)
        assert isinstance(done.error, NoReply) and not done.confirmed
    assert device.shut()
    # A breaker that is open holds a reading back, but no command.
    world.line.dead = False
    assert world.write(device, "relay1", 1).confirmed
    assert not device.shut()


def test_a_command_on_a_line_out_of_order_says_so():
    world, device = board()
    world.line.unplugged = True
    done = world.write(device, "relay1", 1)
    assert "out of order" in str(done.error)
    world.line.unplugged = False
    world.run(world.now + 20000)
    assert world.write(device, "relay1", 1).confirmed
