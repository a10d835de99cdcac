"""One device on a bus, and what is known of its health; and what silent devices may cost."""

from agent.drivers.ask import ModbusAsk
from agent.protocols.modbus import WRITE_COIL

COMMAND, ALARM_PRIORITY, ROUTINE = range(3)  # who goes first on a line

# Policy, in milliseconds unless said otherwise.
FAILURES_TO_OPEN = 3  # so many in a row open a device's circuit breaker
PROBE_MIN = 5000  # an open breaker lets one probe through after this, doubling
PROBE_MAX = 60000
DRAIN = 250  # after a time-out, before the same device is asked again: a late reply drains
# How long a request that was given up may still be answered: ten seconds, and one in which the
# replies that its own displaces come in.
LATE_MAX = 11000
OWED = 16  # of them, remembered for each device
SLACK = 30  # what an answer may take beyond twice the usual
SHARE = 10  # one part in so many of a line's time may go to devices that do not answer
BURST = 3000  # what of it may be saved up


class Device:
    """A sensor, meter or relay board on a line. every_ms: how often it is read."""

    def __init__(self, name, driver, every_ms, priority=ROUTINE):
        self.name = name
        self.driver = driver
        self.every_ms = every_ms
        self.priority = priority
        self.channels = driver.channels  # filters add theirs
        self.heartbeat_ms = 0  # reported by exception, but so often at least; 0: every row
        self.watched = []  # names of the channels that an alarm watches
        self.wanted = False  # whether a reading of it waits, or is under way
        self.failures = 0
        self.probe_after = 0
        self.probe_wait = PROBE_MIN
        self.rest_until = 0
        # Power-on is assumed until a reply says when it was; see answered.
        self.warm_until = None
        self.silent = True
        self.last_error = ""
        self._usual_ms = None  # what it takes to answer
        self._owed = []  # what was given up: [instant, asks, whether it has been asked again]

    def shut(self) -> bool:
        """Whether its circuit breaker is open: it is probed now and then, and never retried."""
        return self.failures >= FAILURES_TO_OPEN

    def answered(self, now):
        """It is there. A first reply after silence: it may just have been switched on."""
        self.failures = 0
        self.probe_wait = PROBE_MIN
        if self.silent:
            self.silent = False
            self.warm_until = now + self.driver.warm_up_ms

    def failed(self, error, now, dice, at_once):
        """It did not answer. dice: two random bytes, that jitter the probe; at_once: this failure
        alone opens the breaker. Returns whether that has just happened."""
        was_shut = self.shut()
        self.last_error = str(error)
        self.failures = FAILURES_TO_OPEN if at_once else self.failures + 1
        if not self.shut():
            return False
        self.silent = True
        jitter = int.from_bytes(dice, "big") * (self.probe_wait // 4) >> 16
        self.probe_after = now + self.probe_wait + jitter
        self.probe_wait = min(PROBE_MAX, self.probe_wait * 2)
        return not was_shut

    def warming(self, now) -> bool:
        """Whether what it says now is not to be judged by."""
        return self.warm_until is not None and now < self.warm_until

    # Late replies. On a serial line nothing but unit, function and length tells the reply to a
    # request from the late reply to one that was given up.

    def give_up(self, ask, now):
        """ask was not answered in time: its reply may come yet, unless it only listened."""
        self.rest_until = now + DRAIN
        if ask.open("rtu", 0)[0]:
            self._owed = self._owed[1 - OWED :] + [[now, [ask], False]]

    def owed(self, ask, refused):
        """(same, other): how many late replies would have passed for the reply to ask that has
        come, or for its refusal: those to the same question, which has not been asked again since,
        and those that may be to another."""
        same = other = 0
        for entry in self._owed:
            _, asks, again = entry
            mine = [one for one in asks if _same(ask, one)]
            if [one for one in asks if _confusable(ask, one, refused)]:
                other += 1
                if not mine:
                    asks.append(ask)  # whose own reply comes late, if this was the late one
            elif mine:
                same += not again
        return same, other

    def settled(self, ask):
        """ask was answered beyond doubt: so are the requests for the same that were given up."""
        for entry in self._owed:
            entry[2] = entry[2] or _same(ask, entry[1][0])

    def linger_ms(self, ask, now):
        """How long to listen for another reply to ask after the first: as long as it takes to
        answer, where a late reply may come in between; else 0."""
        if self._owed:
            self._owed = [entry for entry in self._owed if now < entry[0] + LATE_MAX]
        if not self._owed:
            return 0
        usual = ask.timeout_ms if self._usual_ms is None else 2 * self._usual_ms + SLACK
        return min(ask.timeout_ms, usual)

    def took(self, ms):
        """It answered beyond doubt, in ms."""
        self._usual_ms = max(ms, (self._usual_ms or 0) * 7 // 8)

    def came(self):
        """One late reply has come: it is owed no more."""
        self._owed = self._owed[1:]

    def rest(self, now):
        """Leave it alone until nothing late can come any more."""
        self.rest_until = max([now] + [entry[0] + LATE_MAX for entry in self._owed])


def _confusable(ask, other, refused) -> bool:
    """Whether the reply to other would pass for that to ask, or for its refusal."""
    both = isinstance(ask, ModbusAsk) and isinstance(other, ModbusAsk)
    return both and not _same(ask, other) and ask.confusable(other, refused)


def _same(ask, other) -> bool:
    """Whether both put the same question. Writes are none: they are read back."""
    if isinstance(ask, ModbusAsk) and ask.pdu[0] >= WRITE_COIL:
        return False
    return ask.open("rtu", 0)[0] == other.open("rtu", 0)[0]


class Budget:
    """What silent devices may cost a line: one part in SHARE of its time, BURST at the most."""

    def __init__(self):
        self._left = BURST
        self._at = None

    def allows(self, now) -> bool:
        """Whether a device that may be silent may be asked once more."""
        if self._at is not None:
            self._left = min(BURST, self._left + (now - self._at) // SHARE)
        if self._at is None or now - self._at >= SHARE:
            self._at = now
        return self._left > 0

    def spend(self, waited):
        """waited ms in vain."""
        self._left -= waited
