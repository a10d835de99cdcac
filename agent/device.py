"""One device on a bus, and what is known of its health; and what silent devices may cost."""

from agent.drivers.ask import ModbusAsk

COMMAND, ALARM_PRIORITY, ROUTINE = range(3)  # who goes first on a line

# Policy, in milliseconds unless said otherwise.
FAILURES_TO_OPEN = 3  # so many in a row open a device's circuit breaker
PROBE_MIN = 5000  # an open breaker lets one probe through after this, doubling
PROBE_MAX = 60000
DRAIN = 250  # after a time-out, before the same device is asked again: a late reply drains
LATE_MAX = 3000  # how long a request that was given up may still be answered
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
        self.failures = 0
        self.probe_after = 0
        self.probe_wait = PROBE_MIN
        self.rest_until = 0
        # Power-on is assumed until a reply says when it was; see answered.
        self.warm_until = None
        self.silent = True
        self.last_error = ""
        self._given_up = []  # (instant, ask): what may still be answered

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

    # Late replies. On a serial line nothing but unit, function and length tells a reply from the
    # late reply to the request before.

    def give_up(self, ask, now):
        """ask was not answered in time; its reply may come yet."""
        self.rest_until = now + DRAIN
        if isinstance(ask, ModbusAsk):
            self._given_up = self._given_up[-3:] + [(now, ask)]

    def doubts(self, ask, now) -> bool:
        """Whether a reply to ask may be the late reply to another. If so, it is to be thrown away,
        and the device rests until nothing late can come any more."""
        doubted = False
        for at, other in self._given_up:
            if now < at + LATE_MAX and other.confusable(ask):
                doubted = True
                self.rest_until = at + LATE_MAX
        return doubted


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
