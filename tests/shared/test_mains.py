"""The last gasp: an alarm and all that is open are on flash, and on their way, at once."""

from agent import frame
from agent.mains import Mains
from agent.reading import GOOD, NO_REPLY, TELEMETRY, Reading
from agent.settings import AlarmRule
from tests.shared.test_agent import MINUTE, pole


def supplied():
    """A pole whose roll plays the input: 1 while the mains is there. Rows are sealed every ten
    minutes."""
    world = pole()
    part = world.settings.lines[0].devices[1]
    part.every_ms = 1000
    rule = {"channel": "roll", "direction": -1, "limit": 1, "clear": 1, "for_ms": 0}
    part.alarms.append(AlarmRule(rule))
    world.settings.mains = ["cover", "roll"]
    roll = world.twins["rs485"][1].signals["roll"]
    roll.step = 0
    roll.jump(1)
    world.boot("power-on")
    world.run(3 * MINUTE)
    return world, roll


def test_it_reaches_the_platform_within_two_seconds_and_nothing_open_is_lost():
    world, roll = supplied()
    assert not world.ingester.alarms
    before = world.journal.next_seq(TELEMETRY)
    roll.jump(0)
    world.run(world.now + 2500)
    assert [part[1:4] for part in world.ingester.alarms] == [("cover", "roll", frame.RAISED)]
    assert world.journal.next_seq(TELEMETRY) > before
    made = world.journal.next_seq(TELEMETRY)
    world.cut_power()
    world.run(world.now + 2 * MINUTE)
    assert world.journal.released(TELEMETRY) >= made - 1
    # It is told of once, and not with every reading.
    assert [part[3] for part in world.ingester.alarms] == [frame.RAISED]
    roll.jump(1)
    world.run(world.now + 3000)
    assert world.ingester.alarms[-1][3] == frame.CLEARED


def test_only_the_step_from_there_to_gone_seals_and_no_reply_is_no_step():
    world, _ = supplied()
    mains = Mains("cover", "roll")
    sealed = []
    mains._seal = lambda agent, now: sealed.append(now)

    def turned(value, quality=GOOD):
        readings = [Reading("pitch", 0, 0, "deg", GOOD), Reading("roll", value, 0, "/", quality)]
        mains.judge(world.agent, "underpass", readings, 1)
        mains.judge(world.agent, "cover", readings, len(sealed) + 2)
        return len(sealed)

    assert turned(1) == 0 and turned(None, NO_REPLY) == 0
    assert turned(0) == 1 and turned(0) == 1 and turned(None, NO_REPLY) == 1
    assert turned(1) == 1 and turned(0) == 2
