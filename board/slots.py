"""Which of two applications a board runs. This is the one part that no update touches: it lies
beside main.py, which is ``import slots; slots.start()``.

The applications lie in the folders ``a`` and ``b``, each complete once its ``manifest`` is there;
``slots.state`` says which one runs. An update (board.install) fills the other folder and then
changes that one file. What was installed is on trial until it is confirmed, by an acknowledged
frame after a passed self-test: three crashes, watchdog resets or failed self-tests, and the one
before runs again. A power cut is none of these; a missing network alone only counts after
``deadline`` hours of running.
"""

import binascii
import os
import sys
import time

STATE, NEW, MANIFEST = "slots.state", "slots.new", "manifest"
END = "end"  # the last line of a manifest
MAX_FAILURES = 3
DEADLINE_H = 72
BROUGHT = "held"  # the folder of what a laptop brought, for as long as it has the board
PAUSE_S = 2  # after a crash: long enough for a person to read it, and to press Ctrl-C
DOG_MS = 60000
LONG_MS = 3600000  # a watchdog cannot be stopped, but it can be made to wait for a technician

# In the memory that outlives a reset, but no power cut.
HELD = b"held"  # the workstation wants the board: run nothing
RUNNING = b"running"  # the application did not end in order: only then a reset is a failure,
# for an RP2 takes its watchdog to reset itself in order, too


class Slots:
    """The state. active, fallback: "a", "b" or None; root: the folder of all this, "/" at the end.

    ``reason`` says in words why the application before this one was given up, or failed last.
    """

    def __init__(self, root="/"):
        self.root = root
        self.active = self.fallback = None
        self.confirmed = False
        self.failures = self.hours = 0
        self.deadline = DEADLINE_H
        self.reason = ""
        self._load()

    def folder(self):
        """Where the active application lies, "/" at the end."""
        return self.root + self.active + "/"

    def complete(self, slot) -> bool:
        """Whether all of a slot's application is there."""
        try:
            with open(self.root + slot + "/" + MANIFEST) as file:
                return file.read().split("\n")[-2] == END
        except (OSError, IndexError):
            return False

    # A trial.

    def confirm(self):
        """It works: it stays."""
        if not self.confirmed:
            self.confirmed = True
            self.fallback = None
            self.failures = self.hours = 0
            self.save()

    def failed(self, reason):
        """A crash, a watchdog reset or a failed self-test. Returns whether another one runs now."""
        if self.confirmed:
            return False
        self.failures += 1
        self.reason = reason
        if self.failures >= MAX_FAILURES and self.fallback:
            self.back(reason)
            return True
        self.save()
        return False

    def hour(self):
        """One more hour of running without an acknowledged frame. Returns whether to restart."""
        if self.confirmed:
            return False
        self.hours += 1
        if self.hours >= self.deadline and self.fallback:
            self.back("no acknowledged frame within %d hours" % self.deadline)
            return True
        self.save()
        return False

    def back(self, reason):
        """Run the one before again."""
        self.active, self.fallback = self.fallback, None
        self.confirmed = True
        self.failures = self.hours = 0
        self.reason = reason
        self.save()

    # The file: its CRC-32 in hex, then the rest of the line.

    def _load(self):
        try:
            with open(self.root + STATE, "rb") as file:
                data = file.read()
        except OSError:
            data = b""
        if data and data[:8] == _crc(data[9:]):
            parts = data[9:].decode().rstrip().split(" ", 6)
            self.active, self.fallback = [None if part == "-" else part for part in parts[:2]]
            self.confirmed = parts[2] == "1"
            self.failures, self.hours, self.deadline = [int(part) for part in parts[3:6]]
            self.reason = parts[6][:-1]
        if self.active is None or not self.complete(self.active):
            self._find()

    def _find(self):
        """No state, or a wrong one: whatever is complete."""
        found = [slot for slot in "ab" if self.complete(slot)]
        self.active = found[0] if found else None
        self.fallback = None

    def save(self):
        """Write the state: a power cut leaves the old one or the new one."""
        with open(self.root + NEW, "wb") as file:
            file.write(self.data())
        os.rename(self.root + NEW, self.root + STATE)

    def restart(self):
        """Start again in order: that is no failure, whatever the chip calls it."""
        import machine

        _memory(machine, b"")
        machine.reset()

    def data(self) -> bytes:
        """What the file says."""
        numbers = "%s %s %d %d %d %d " % (
            self.active or "-",
            self.fallback or "-",
            self.confirmed,
            self.failures,
            self.hours,
            self.deadline,
        )
        data = (numbers + self.reason.replace("\n", " ")[:120] + ".\n").encode()
        return _crc(data) + b" " + data


def _crc(data):
    return b"%08x" % binascii.crc32(data)


def _memory(machine, data=None):
    """Write or read the memory that outlives a reset, up to 8 bytes."""
    place = machine.RTC()
    if not hasattr(place, "memory"):
        import scratch as place  # such a chip has it beside this file
    return place.memory() if data is None else place.memory(data)


def hold():
    """Start again, and run nothing: the workstation has work to do."""
    import machine

    _memory(machine, HELD)
    machine.reset()


def start():
    """What main.py does: run the active application, unless the workstation holds the board."""
    import machine

    slots = Slots()
    was = _memory(machine)
    _memory(machine, b"")
    if was == HELD:
        print("slots: held for the workstation")
        return
    _clear(slots.root)
    if slots.active is None:
        print("slots: nothing is installed")
        return
    cause = machine.reset_cause()
    if was == RUNNING and cause == machine.WDT_RESET:
        slots.failed("watchdog")
    elif was == RUNNING and cause == machine.SOFT_RESET:
        slots.failed("crash")
    _memory(machine, RUNNING)
    _run(machine, slots)


def _clear(root):
    """Take away what a laptop brought and left: it went before its time."""
    if BROUGHT in os.listdir(root):
        try:
            __import__("install").remove(root + BROUGHT)
        except (ImportError, OSError) as error:
            print("slots: /%s stays: %s" % (BROUGHT, error))


def _run(machine, slots):
    print("slots: %s runs, %s" % (slots.active, "confirmed" if slots.confirmed else "on trial"))
    dog = _dog(machine, DOG_MS)
    sys.path.insert(0, slots.folder()[:-1])
    try:
        from board import app

        app.start(slots, dog)
    except KeyboardInterrupt:
        print("slots: interrupted")
    except Exception as error:
        sys.print_exception(error)
        if slots.failed("%s: %s" % (type(error).__name__, error)):
            print("slots: back to %s" % slots.active)
        _memory(machine, b"")
        time.sleep(PAUSE_S)
        machine.reset()
    _memory(machine, b"")
    _dog(machine, LONG_MS)


def _dog(machine, patience):
    """The watchdog; where the chip cannot wait that long, as long as it can."""
    try:
        return machine.WDT(timeout=patience)
    except ValueError:
        return machine.WDT(timeout=8000)
