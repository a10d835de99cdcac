"""Relays that alarms switch on their own pole, without any network: safe state, read-back, orders,
hands, and a record of it all."""

from agent import frame, frame_reader, maintenance
from agent.protocols import cose
from agent.reading import ALARM, GOOD, Reading
from agent.settings import DeviceSettings
from tests.shared.bus_world import relay_twin
from tests.shared.test_agent import MINUTE, pole

LEVEL = ["underpass/level"]


def siren(on=1, silent=0, least_ms=0, hand=""):
    return ["relay1", LEVEL, on, silent, least_ms, hand]


def flooded(drives, safe="off", welded=(), **settings):
    """A pole with a board of two relays beside its sensors, and without any network."""
    world = pole(**settings)
    world.set_network(False)
    for line in world.lines.values():
        line.loss = 0
    world.board = relay_twin(20, welded=welded)
    world.twins["rs485"].append(world.board)
    items = {
        "name": "relays",
        "driver": "relay-board",
        "every_ms": 10000,
        "options": {"address": 20, "relays": 2, "safe": safe},
        "alarms": [],
        "drives": drives,
    }
    world.settings.lines[0].devices.append(DeviceSettings(items))
    world.boot("power-on")
    return world


def relay(world, number=1):
    """How a relay really stands."""
    return world.board.signals["relay%d" % number].value


def records(world):
    """What the journal holds of relays: (wanted, read back, cause, by, error)."""
    found = []
    for seq in range(1, world.journal.next_seq(ALARM)):
        got = frame_reader.decode(cose.parse1(world.journal.read(ALARM, seq)).payload)
        if got.kind == frame.ACTUATION:
            assert (got.body[1], got.body[2]) == ("relays", "relay1")
            found.append(tuple([got.body[key] for key in range(3, 8)]))
    return found


def test_a_flood_switches_it_on_at_once_and_its_end_off():
    world = flooded([siren()])
    world.run(2 * MINUTE)
    assert relay(world) == 0
    world.level.jump(500)
    before = world.now
    while not relay(world) and world.now < before + MINUTE:
        world.run(world.now + 100)
    raised_at = world.agent.alarms[0].since
    assert relay(world) and world.now - raised_at < 1000
    world.run(3 * MINUTE)
    world.level.jump(20)
    world.run(4 * MINUTE)
    assert relay(world) == 0 and relay(world, 2) == 0
    assert records(world) == [
        (0, 0, "not readable", "underpass/level", ""),
        (1, 1, "alarm", "underpass/level", ""),
        (0, 0, "no alarm", "", ""),
    ]


def test_the_safe_state_is_what_a_relay_has_while_nobody_knows():
    # A barrier that is closed by its relay's rest, and opened where the road is known to be dry.
    world = flooded([siren(on=0)], safe="off")
    world.board.signals["relay1"].jump(1)
    world.twins["rs485"][0].fault = "silent"
    world.run(2 * MINUTE)
    assert relay(world) == 0 and records(world)[0][2:4] == ("not readable", "underpass/level")
    world.twins["rs485"][0].fault = ""
    world.run(5 * MINUTE)
    assert relay(world) == 1
    world.twins["rs485"][0].fault = "silent"
    world.run(7 * MINUTE)
    assert relay(world) == 0


def test_a_restart_in_a_flood_keeps_it_on():
    world = flooded([siren()])
    world.run(2 * MINUTE)
    world.level.jump(500)
    world.run(3 * MINUTE)
    world.twins["rs485"][0].fault = "silent"
    world.run(5 * MINUTE)  # blind by now, and raised beneath
    world.cut_power()
    world.run(6 * MINUTE)
    assert relay(world) == 1 and records(world)[-1] == (1, 1, "alarm", "underpass/level", "")


def test_a_welded_relay_is_commanded_again_and_said_once():
    world = flooded([siren()], welded=("relay1",))
    world.run(2 * MINUTE)
    world.level.jump(500)
    commands = []
    write = world.board._reply

    def counting(pdu, now):
        if pdu[0] == 5:
            commands.append(now)
        return write(pdu, now)

    world.board._reply = counting
    world.run(5 * MINUTE)
    assert [part for part in records(world) if part[0] == 1] == [
        (1, 0, "alarm", "underpass/level", "")
    ]
    assert 6 <= len(commands) <= 14
    world.board.welded = ()
    world.run(6 * MINUTE)
    assert relay(world) == 1 and records(world)[-1] == (1, 1, "alarm", "underpass/level", "")


def test_a_board_that_does_not_answer_is_told_with_the_error():
    world = flooded([siren()])
    world.run(2 * MINUTE)
    world.board.fault = "silent"
    world.run(2 * MINUTE + 30000)
    assert [part[2] for part in records(world)] == ["not readable"], "silence is no change"
    world.level.jump(500)
    world.run(4 * MINUTE)
    wanted, found, cause, _, error = records(world)[-1]
    assert (wanted, found, cause) == (1, None, "alarm") and error
    world.board.fault = ""
    world.run(5 * MINUTE)
    assert relay(world) == 1 and records(world)[-1][:2] == (1, 1)


def test_what_somebody_else_switches_is_seen_told_and_corrected():
    world = flooded([siren()])
    world.run(2 * MINUTE)
    world.level.jump(500)
    world.run(3 * MINUTE)
    world.board.signals["relay1"].jump(0)
    world.run(3 * MINUTE + 15000)
    assert relay(world) == 1
    assert records(world)[-2:] == [
        (1, 0, "changed", "", ""),
        (1, 1, "alarm", "underpass/level", ""),
    ]
    # Somebody who goes on with it is not fought at every reading.
    count = len(records(world))
    for _ in range(12):
        world.board.signals["relay1"].jump(0)
        world.run(world.now + 10000)
    assert 4 <= len(records(world)) - count <= 10


def test_a_siren_is_silent_in_maintenance_and_a_barrier_is_not():
    for silent in (0, 1):
        world = flooded([siren(silent=silent)])
        world.run(2 * MINUTE)
        world.level.jump(500)
        world.run(3 * MINUTE)
        maintenance.begin(world.agent, world.now, 5 * MINUTE, "Li", "")
        world.run(4 * MINUTE)
        assert relay(world) == 1 - silent
        world.run(9 * MINUTE)
        assert relay(world) == 1
        causes = [part[2:4] for part in records(world)]
        assert (("maintenance", "Li") in causes) == bool(silent)


def test_an_order_of_somebody_goes_before_the_alarms_until_its_time_is_over():
    world = flooded([siren()])
    world.run(2 * MINUTE)
    actuation = world.agent.actuation
    assert not actuation.order("relays", "relay2", 1, world.now, MINUTE, "Li")
    assert actuation.order("relays", "relay1", 1, world.now, MINUTE, "Li Wei")
    world.run(2 * MINUTE + 10000)
    assert relay(world) == 1 and records(world)[-1] == (1, 1, "order", "Li Wei", "")
    world.level.jump(500)
    world.run(2 * MINUTE + 30000)
    actuation.order("relays", "relay1", 0, world.now, MINUTE, "Li Wei")
    world.run(2 * MINUTE + 50000)
    assert relay(world) == 0 and world.agent.alarms[0].raised
    world.run(5 * MINUTE)
    assert relay(world) == 1 and records(world)[-1] == (1, 1, "alarm", "underpass/level", "")
    actuation.order("relays", "relay1", 0, world.now, MINUTE, "Li Wei")
    actuation.order("relays", "relay1", None, world.now, 0, "Li Wei")
    world.run(5 * MINUTE + 20000)
    assert relay(world) == 1


def test_a_hand_switch_leaves_the_relay_alone():
    # The second relay's contact stands in for the switch.
    world = flooded([siren(hand="relays/relay2")])
    world.run(2 * MINUTE)
    world.board.signals["relay2"].jump(1)
    world.run(2 * MINUTE + 15000)
    world.level.jump(500)
    world.run(4 * MINUTE)
    assert relay(world) == 0
    assert records(world)[-1] == (None, 0, "hand", "relays/relay2", "")
    world.level.jump(20)
    world.run(5 * MINUTE)
    world.board.signals["relay1"].jump(1)
    world.board.signals["relay2"].jump(0)
    world.run(6 * MINUTE)
    assert relay(world) == 0
    causes = [part[2] for part in records(world)]
    assert causes[-2:] == ["hand back", "no alarm"] and "changed" not in causes


def test_it_stays_on_for_its_least_time():
    world = flooded([siren(least_ms=60000)])
    world.run(2 * MINUTE)
    world.level.jump(500)
    world.run(2 * MINUTE + 15000)
    world.level.jump(20)
    world.run(2 * MINUTE + 40000)
    assert not world.agent.alarms[0].raised and relay(world) == 1
    world.run(4 * MINUTE)
    assert relay(world) == 0


def test_what_is_wanted_anew_does_not_wait_for_the_retry_of_what_was():
    world = flooded([siren()], welded=("relay1",))
    world.board.signals["relay1"].jump(1)
    world.run(6 * MINUTE)  # it is to be off, and the retries have become rare
    drive = world.agent.actuation.drives[0]
    drive._retry_at = world.now + MINUTE
    drive.order(1, world.now + MINUTE, "Li")
    world.run(6 * MINUTE + 5000)
    assert records(world)[-1] == (1, 1, "order", "Li", "") and drive.actual == 1


def test_a_reading_while_a_command_is_on_its_way_is_no_change():
    world = flooded([siren()])
    world.run(2 * MINUTE)
    drive = world.agent.actuation.drives[0]
    moved = [Reading("relay1", 1, 0, "/", GOOD)]
    drive.order(1, world.now + MINUTE, "Li")
    drive.step(world.agent, world.now)
    drive.judge(world.agent, "relays", moved, world.now)
    world.run(world.now + 5000)
    assert [part[2] for part in records(world)] == ["not readable", "order"]


def test_an_orderly_end_leaves_the_safe_state_behind():
    world = flooded([siren()], safe="on")
    world.run(2 * MINUTE)
    assert relay(world) == 0
    world.agent.stop_sampling()
    assert not world.agent.delivered()
    world.run(2 * MINUTE + 5000)
    assert relay(world) == 1 and world.agent.actuation.safe()
    assert records(world)[-1] == (1, 1, "stopped", "", "")
