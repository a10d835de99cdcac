"""What a pole gives up when room or data run short, and in which order."""

from agent.ration import Ration
from agent.reading import ALARM, DIAGNOSTIC, TELEMETRY


class Room:
    """A journal of which only the room matters."""

    def __init__(self):
        self.full = 0

    def fullness(self):
        return self.full


def test_a_filling_journal_thins_the_rows_step_by_step_and_back():
    room = Room()
    ration = Ration(room, 0)
    seen = []
    for full in (0, 749, 750, 874, 875, 979, 980, 1000, 900, 879, 780, 774, 660, 649, 0):
        room.full = full
        ration.judge()
        seen.append(ration.keep)
    assert seen == [1, 1, 2, 2, 4, 4, 8, 8, 8, 4, 4, 2, 2, 1, 1], seen
    assert ration.lowest == DIAGNOSTIC and ration.reason == ""


def test_every_change_is_told_once():
    room = Room()
    ration = Ration(room, 0)
    assert not ration.judge()
    room.full = 800
    assert ration.judge() and ration.reason and not ration.judge()
    room.full = 0
    assert ration.judge() and not ration.reason


def test_the_budget_of_a_day_is_a_ladder_and_alarms_stand_on_top():
    ration = Ration(Room(), 1000)
    steps = []
    for total in (100, 599, 600, 799, 800, 999, 1000, 5000):
        ration.count(total, 3)
        ration.judge()
        steps.append((ration.keep, ration.lowest))
    assert steps == [
        (1, DIAGNOSTIC),
        (1, DIAGNOSTIC),
        (1, TELEMETRY),
        (1, TELEMETRY),
        (4, TELEMETRY),
        (4, TELEMETRY),
        (4, ALARM),
        (4, ALARM),
    ]
    ration.count(5100, 4)
    assert ration.judge()
    assert (ration.keep, ration.lowest, ration.spent) == (1, DIAGNOSTIC, 100)


def test_what_was_spent_is_worth_remembering_sixteen_times_a_day():
    ration = Ration(Room(), 1600)
    told = [ration.count(total, 3) for total in range(0, 1601, 10)]
    assert sum([1 for one in told if one]) == 16
    assert not Ration(Room(), 0).count(10**6, 3)
