"""Two slots and one state: trials, rolling back, and power cuts at every write of an update.

The sweeps run on the real littlefs (MicroPython); under CPython the same steps run on its files.
"""

import os
import sys

from board import install as installer
from board.slots import DEADLINE_H, MAX_FAILURES, Slots
from tests.shared.own_path import own_path

MICROPYTHON = sys.implementation.name == "micropython"
FILES = ("agent/core.mpy", "agent/buffer/journal.mpy", "board/app.mpy", "settings.bin")


class Place:
    """A root folder: littlefs in RAM, or a folder of the host."""

    def __init__(self):
        if MICROPYTHON:
            from tests.shared import littlefs_ram

            self.ram = littlefs_ram
            self.device = littlefs_ram.Blocks(48)
            littlefs_ram.mount(self.device, fresh=True)
            self.root = littlefs_ram.PLACE + "/"
        else:
            self.root = own_path("slots") + "/"
            os.mkdir(self.root)

    def done(self):
        """Leave nothing behind."""
        if not MICROPYTHON:
            installer.remove(self.root[:-1])


def content(version, name):
    return (version + name).encode() * 60


def install(slots, version, deadline=DEADLINE_H):
    """What the workstation does: every file, then the manifest, then the state."""
    folder = installer.begin(slots)
    for inner in ("agent", "agent/buffer", "board"):
        os.mkdir(folder + inner)
    for name in FILES:
        with open(folder + name, "wb") as file:
            file.write(content(version, name))
    with open(folder + "manifest", "w") as file:
        file.write("pole %s test\nend\n" % version)
    installer.switch(slots, folder[-2], deadline)


def runs(root):
    """The version that boots: what the active slot's files are. AssertionError if they are torn."""
    slots = Slots(root)
    assert slots.active is not None, "nothing boots"
    with open(slots.folder() + "manifest") as file:
        version = file.read().split(" ")[1]
    for name in FILES:
        with open(slots.folder() + name, "rb") as file:
            assert file.read() == content(version, name), name
    return version


def fresh():
    """A place that runs version 1, confirmed."""
    place = Place()
    install(Slots(place.root), "1")
    Slots(place.root).confirm()
    return place


def test_a_first_installation_has_nothing_to_go_back_to():
    place = Place()
    try:
        assert Slots(place.root).active is None
        install(Slots(place.root), "1")
        for _ in range(MAX_FAILURES + 2):
            assert not Slots(place.root).failed("crash")
        slots = Slots(place.root)
        assert runs(place.root) == "1" and not slots.confirmed and slots.fallback is None
        assert slots.failures == MAX_FAILURES + 2 and slots.reason == "crash"
        slots.confirm()
        assert Slots(place.root).confirmed
    finally:
        place.done()


def test_three_failures_go_back_and_two_do_not():
    place = fresh()
    try:
        install(Slots(place.root), "2")
        assert runs(place.root) == "2"
        for _ in range(MAX_FAILURES - 1):
            assert not Slots(place.root).failed("watchdog")
        assert runs(place.root) == "2"
        assert Slots(place.root).failed("watchdog")
        slots = Slots(place.root)
        assert runs(place.root) == "1" and slots.confirmed and slots.reason == "watchdog"
        assert not slots.failed("a confirmed version has nothing to go back to")
        assert runs(place.root) == "1"
    finally:
        place.done()


def test_what_was_confirmed_stays():
    place = fresh()
    try:
        install(Slots(place.root), "2")
        Slots(place.root).failed("crash")
        Slots(place.root).confirm()
        for _ in range(MAX_FAILURES):
            Slots(place.root).failed("crash")
            assert not Slots(place.root).hour()
        assert runs(place.root) == "2"
    finally:
        place.done()


def test_a_missing_network_alone_counts_hours():
    place = fresh()
    try:
        install(Slots(place.root), "2")
        for _ in range(DEADLINE_H - 1):
            assert not Slots(place.root).hour()
        assert runs(place.root) == "2"
        assert Slots(place.root).hour()
        assert runs(place.root) == "1" and "no acknowledged frame" in Slots(place.root).reason
    finally:
        place.done()


def test_the_deadline_can_be_set():
    place = fresh()
    try:
        install(Slots(place.root), "2", 2)
        assert not Slots(place.root).hour()
        assert Slots(place.root).deadline == 2 and Slots(place.root).hour()
        assert runs(place.root) == "1"
    finally:
        place.done()


def test_an_update_of_an_update_keeps_what_was_confirmed():
    place = fresh()
    try:
        install(Slots(place.root), "2")
        installer.begin(Slots(place.root))  # the second update begins, and the power goes
        assert runs(place.root) == "1"
        install(Slots(place.root), "3")
        assert runs(place.root) == "3"
        for _ in range(MAX_FAILURES):
            Slots(place.root).failed("crash")
        assert runs(place.root) == "1"
    finally:
        place.done()


def test_an_incomplete_slot_is_refused_and_a_damaged_state_is_survived():
    place = fresh()
    try:
        slots = Slots(place.root)
        os.mkdir(installer.begin(slots) + "agent")
        try:
            installer.switch(slots, "b", DEADLINE_H)
            raise AssertionError("an incomplete slot was taken")
        except ValueError:
            pass
        for data in (b"", b"00000000 b - 1 0 0 72 .\n", b"\xff" * 40):
            with open(place.root + "slots.state", "wb") as file:
                file.write(data)
            assert runs(place.root) == "1"
    finally:
        place.done()


def sweep(prepare, action, versions):
    """Cut the power at every write of action; how often each version boots. Needs littlefs."""
    place = prepare()
    cells = bytes(place.device.cells)
    place.device.writes = 0
    action(place.root)
    total = place.device.writes
    booted = {}
    for cut in range(1, total + 1):
        device = place.ram.Blocks(cells=bytearray(cells))
        device.cut_at = cut
        place.ram.mount(device)
        try:
            action(place.root)
        except OSError:
            pass
        place.ram.mount(place.ram.Blocks(cells=device.cells))
        version = runs(place.root)
        assert version in versions, version
        booted[version] = booted.get(version, 0) + 1
        # Even without the state, what is found is whole.
        if cut % 4 == 0:
            os.remove(place.root + "slots.state")
            runs(place.root)
        # The board that was cut can be updated afterwards.
        if cut % 16 == 0:
            install(Slots(place.root), "9")
            assert runs(place.root) == "9"
    assert sum(booted.values()) == total > 0
    return booted


def trial():
    """A place that runs version 2 on trial, and can go back to 1."""
    place = fresh()
    install(Slots(place.root), "2")
    return place


def second():
    """A place that runs version 2, confirmed, from the second slot."""
    place = trial()
    Slots(place.root).confirm()
    return place


def test_no_power_cut_of_an_update_leaves_a_board_that_boots_neither():
    if not MICROPYTHON:
        return
    booted = sweep(fresh, lambda root: install(Slots(root), "2"), ("1", "2"))
    assert booted.get("1", 0) > 20, booted
    sweep(second, lambda root: install(Slots(root), "3"), ("2", "3"))


def test_no_power_cut_of_a_trial_does_either():
    if not MICROPYTHON:
        return

    def three_failures(root):
        for _ in range(MAX_FAILURES):
            Slots(root).failed("crash")

    sweep(trial, three_failures, ("1", "2"))
    sweep(trial, lambda root: Slots(root).confirm(), ("2",))
    sweep(trial, lambda root: install(Slots(root), "3"), ("1", "2", "3"))
