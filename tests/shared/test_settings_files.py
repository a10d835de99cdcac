"""Settings of a board that an order brought, on the real littlefs: kept, taken back, and the power
goes at every write in between."""

import os

from agent.errors import BadSettings
from agent.settings import pack, unpack
from agent.settings_order import KEPT, ROLLED_BACK
from board import settings_trial, whole_files
from board.settings_files import SettingsFiles
from board.settings_trial import BACK_AFTER_MS, GOOD_AFTER_MS, Trial, begin
from tests.scenarios import pole
from tests.shared.test_slots import MICROPYTHON, Place

NOTE = [b"8 before", b"8 after.", 7, "Anna", b"8 octets"]


def compiled(every_ms=60000, pole_id="CD-JJ-0001", url="", driver="dyp-ultrasonic", options=None):
    """Settings of one sensor, as a board reads them."""
    options = {"address": 1, "mount": 3200} if options is None else options
    items = {
        "pole": {"id": pole_id, "place": None},
        "uplink": {"carrier": "coap", "url": url, "seal_ms": 1, "beacon_ms": 1, "retry_max_ms": 1,
                   "platform_key": b"", "remote": 1},
        "journal": {"size": 0},
        "lines": [{"name": "rs485", "port": "uart1", "mode": "9600 8N1",
                   "devices": [pole.device("underpass", driver, every_ms, options)]}],
    }  # fmt: skip
    return pack(items)


OLD, NEW, FAR = compiled(), compiled(every_ms=30000), compiled(url="coap://far")


class Slot(Place):
    """A slot's folder with settings in force."""

    def __init__(self):
        super().__init__()
        with open(self.root + "settings.bin", "wb") as file:
            file.write(OLD)

    def store(self):
        return SettingsFiles(self.root, unpack(OLD))

    def change(self, whole):
        store = self.store()
        store.add(bytes(32), 0, whole)
        store.change(whole, NOTE)

    def in_force(self):
        with open(self.root + "settings.bin", "rb") as file:
            return file.read()

    def names(self):
        return sorted([name for name in os.listdir(self.root[:-1]) if name != "lost+found"])


class Agent:
    """As much of an agent as a trial looks at."""

    def __init__(self, acknowledged_at=None):
        self.uplink = self
        self.acknowledged_at = acknowledged_at
        self.restart = False
        self.told = []

    def tell(self, kind, body, now):
        self.told.append([body[number] for number in sorted(body)])

    def step(self, now):
        return now


def test_parts_outlive_a_restart():
    slot = Slot()
    slot.store().add(b"d" * 32, 0, b"one")
    assert slot.store().begun(b"d" * 32) == 3 and slot.store().begun(b"e" * 32) == 0
    slot.store().add(b"d" * 32, 3, b" two")
    assert slot.store().whole() == b"one two"
    slot.store().add(b"d" * 32, 0, b"anew")
    assert slot.store().whole() == b"anew"
    slot.done()


def test_what_cannot_work_is_refused():
    slot = Slot()
    store = slot.store()
    assert store.judge(NEW, False) == unpack(NEW).hash
    assert store.judge(FAR, True) == unpack(FAR).hash
    tries = ((FAR, False), (NEW[:-1], True), (compiled(pole_id="other"), True),
             (compiled(driver="gone"), True), (compiled(options=[5]), True))  # fmt: skip
    for whole, platform in tries:
        try:
            store.judge(whole, platform)
        except BadSettings:
            continue
        raise AssertionError("judged good")
    assert slot.in_force() == OLD
    slot.done()


def test_a_trial_ends_well():
    for whole, acknowledged_at, after in ((NEW, 5, 1), (FAR, 5, 1), (NEW, None, GOOD_AFTER_MS)):
        slot = Slot()
        slot.change(whole)
        trial, agent = begin(slot.root, "power-on"), Agent()
        trial.look(agent, 0)
        trial.look(agent, 1)
        assert not trial.over and agent.told == []
        agent.acknowledged_at = acknowledged_at
        trial.look(agent, after)
        trial.look(agent, after + 1)
        assert agent.told == [[KEPT] + NOTE + [""]] and not agent.restart
        assert slot.in_force() == whole and slot.names() == ["settings.bin"]
        slot.done()


def taken_back(slot, reason):
    """The settings of before are in force, and that is told once."""
    trial, agent = begin(slot.root, "power-on"), Agent(5)
    assert trial.over and slot.in_force() == OLD
    trial.look(agent, 0)
    trial.look(agent, 1)
    assert agent.told == [[ROLLED_BACK] + NOTE + [reason]]
    assert slot.names() == ["settings.bin"]
    slot.done()


def test_a_trial_ends_badly():
    slot = Slot()
    slot.change(NEW)
    begin(slot.root, "power-on").back("OSError: no uart9")
    taken_back(slot, "OSError: no uart9")
    slot = Slot()
    slot.change(NEW)
    assert begin(slot.root, "watchdog").over
    taken_back(slot, "watchdog")
    slot = Slot()
    slot.change(FAR)
    trial, agent = begin(slot.root, "power-on"), Agent()
    trial.look(agent, 0)
    trial.look(agent, BACK_AFTER_MS - 1)
    assert not agent.restart and slot.in_force() == FAR
    trial.look(agent, BACK_AFTER_MS)
    assert agent.restart
    taken_back(slot, "no acknowledgement within a day")


def test_what_is_on_trial_is_nothing_to_fall_back_to():
    slot = Slot()
    slot.change(NEW)
    assert not begin(slot.root, "power-on").over
    slot.change(FAR)
    trial = begin(slot.root, "power-on")
    assert not trial.over and slot.in_force() == FAR
    trial.back("a reason")
    taken_back(slot, "a reason")


class PowerCut(BaseException):
    """No program sees it coming."""


class Cut:
    """In place of os, and of open: the power goes at the n-th use."""

    def __init__(self, left):
        self.left = left

    def _use(self):
        self.left -= 1
        if self.left < 0:
            raise PowerCut

    def rename(self, old, new):
        self._use()
        os.rename(old, new)

    def remove(self, path):
        self._use()
        os.remove(path)

    def open(self, path, mode):
        self._use()
        return open(path, mode)


def cut(left, work):
    """Whether work was over before the power went."""
    power = Cut(left)
    whole_files.os, whole_files.open, settings_trial.os = power, power.open, power
    try:
        work()
        return True
    except PowerCut:
        return False
    finally:
        whole_files.os = settings_trial.os = os
        del whole_files.open


def test_the_power_goes_anywhere():
    seen = []
    for action in ("change", "back", "begin"):
        left, over = 0, False
        while not over:
            slot = Slot()
            if action == "change":
                over = cut(left, lambda: slot.change(NEW))  # noqa: B023
            else:
                slot.change(NEW)
                trial = begin(slot.root, "power-on")
                work = trial.back if action == "back" else lambda reason: Trial(slot.root)  # noqa: B023
                over = cut(left, lambda: work("a reason"))  # noqa: B023
            after = begin(slot.root, "power-on")
            found = slot.in_force()
            assert found in (OLD, NEW) and unpack(found)
            if found == NEW:
                assert not after.over, "what is new is on trial"
            if action == "begin":
                assert found == NEW
            seen.append((action, found == NEW, over))
            slot.done()
            left += 1
    assert ("change", False, False) in seen and ("change", True, True) in seen
    assert ("back", True, False) in seen and ("back", False, True) in seen
    assert not MICROPYTHON or len(seen) > 8
