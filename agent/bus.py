"""A bus: one line and its devices. One exchange at a time; a dead or mad device costs the others
nothing but its time-out, and after three failures in a row not even that.

``request`` queues a reading of a device; ``step`` carries it over the Line without ever blocking;
``take`` hands out what came of it. Alarm channels go before routine ones.
"""

from agent.errors import AgentError, BadChecksum, NoReply, Refused
from agent.protocols import serial_mode
from agent.reading import DEVICE_FAULT, GOOD, NO_REPLY, WARM_UP, Reading

# Policy, in milliseconds unless said otherwise.
FAILURES_TO_OPEN = 3  # so many in a row open a device's circuit breaker
PROBE_MIN = 5000  # an open breaker lets one probe through after this, doubling
PROBE_MAX = 60000
QUARANTINE = 250  # after a time-out, before the same device is asked again: a late reply drains
RETRIES = 1
REOPEN_MIN = 500  # a line that cannot be opened is tried again after this, doubling
REOPEN_MAX = 10000
GAP_MIN = 2  # the least silence between frames; 3.5 characters where that is more

ALARM_PRIORITY = 1
ROUTINE = 2

_CLOSED, _IDLE, _READY, _WAIT = range(4)


class Device:
    """One device on a bus, and what is known of its health."""

    def __init__(self, name, driver, every_ms, priority=ROUTINE):
        self.name = name
        self.driver = driver
        self.every_ms = every_ms
        self.priority = priority
        self.watched = []  # names of the channels that an alarm watches
        self.failures = 0
        self.probe_after = 0
        self.probe_wait = PROBE_MIN
        # Power-on is assumed until a reply says when it was; see Bus._warm.
        self.warm_until = None
        self.silent = True
        self.last_error = ""


class Result:
    """What came of one request: readings (one a channel, always), raw replies, or the error."""

    def __init__(self, device, readings, raw, error):
        self.device = device
        self.readings = readings
        self.raw = raw
        self.error = error


class _Job:
    def __init__(self, device, now):
        self.device = device
        self.not_before = now
        self.tries = 0


class Bus:
    """The arbiter of one line. entropy jitters the probes; powered says whether the sensors were
    switched on together with the agent, so that their warm-up starts with it."""

    def __init__(self, line, mode, devices, entropy, log, powered=True):
        self.line = line
        self.mode = mode
        self.devices = devices
        self.log = log
        self.entropy = entropy
        self.char_us = serial_mode.char_us(mode)
        self.gap = max(GAP_MIN, (35 * self.char_us + 9999) // 10000)
        self.exchanges = 0
        self.timeouts = 0
        self.transaction = 0
        self._jobs = []
        self._done = []
        self._state = _CLOSED
        self._reopen_at = 0
        self._reopen_wait = REOPEN_MIN
        self._quiet_until = 0
        self._job = None
        if not powered:
            for device in devices:
                device.silent = False

    # What the schedule sees.

    def request(self, device, now):
        """Queue one reading of device. A breaker that is open answers at once."""
        if device.failures >= FAILURES_TO_OPEN and now < device.probe_after:
            self._finish(device, None, [], NoReply(device.last_error))
            return
        self._jobs.append(_Job(device, now))

    def cancel(self, device):
        """Drop what is queued for device and not yet begun: an overrun is skipped, never queued."""
        self._jobs = [job for job in self._jobs if job.device is not device]

    def busy_with(self, device) -> bool:
        """Whether the exchange under way is with device."""
        return self._job is not None and self._job.device is device

    def waiting(self) -> bool:
        """Whether an exchange is under way, so that what arrives matters."""
        return self._state == _WAIT

    def take(self):
        """The results since the last take."""
        done = self._done
        self._done = []
        return done

    def step(self, now) -> int:
        """Do what can be done now; returns when to call again at the latest."""
        try:
            if self._state == _CLOSED and not self._open(now):
                return self._reopen_at
            self._listen(now)
            while self._state != _WAIT and now >= self._quiet_until:
                if self._state == _READY:
                    self._transmit(now)
                    continue
                job = self._next(now)
                if job is None:
                    break
                self._begin(job, now)
        except OSError as error:
            self._lost(error, now)
            return self._reopen_at
        return self._wake(now)

    # The line.

    def _open(self, now):
        if now < self._reopen_at:
            self._fail_all("the line is out of order: %s" % self._why)
            return False
        try:
            self.line.open(self.mode)
        except OSError as error:
            self._lost(error, now)
            return False
        self._state = _IDLE
        self._reopen_wait = REOPEN_MIN
        self._quiet_until = now + self.gap
        return True

    def _lost(self, error, now):
        self._why = error.args[1] if len(error.args) > 1 else str(error)
        self.log("line", "%s; trying again in %d ms" % (self._why, self._reopen_wait))
        self.line.close()
        if self._job is not None:
            job = self._job
            self._job = None
            self._script.close()
            self._finish(job.device, None, [], NoReply("the line is out of order: %s" % self._why))
        self._state = _CLOSED
        self._reopen_at = now + self._reopen_wait
        self._reopen_wait = min(REOPEN_MAX, self._reopen_wait * 2)
        self._fail_all("the line is out of order: %s" % self._why)

    def _fail_all(self, text):
        for job in self._jobs:
            self._finish(job.device, None, [], NoReply(text))
        self._jobs = []

    # One exchange.

    def _next(self, now):
        """The job to begin: alarm channels first, then first come; None while nothing is ready."""
        best = None
        for job in self._jobs:
            if job.not_before > now:
                continue
            if best is None or job.device.priority < best.device.priority:
                best = job
        if best is not None:
            self._jobs.remove(best)
        return best

    def _begin(self, job, now):
        self._job = job
        self._replies = []
        self._script = job.device.driver.read()
        self._advance(None, None, now)

    def _advance(self, reply, error, now):
        """Give the driver the reply (or the error), and carry what it asks next."""
        device = self._job.device
        try:
            if error is not None:
                ask = self._script.throw(error)
            elif reply is not None:
                ask = self._script.send(reply)
            else:
                ask = next(self._script)
        except StopIteration as end:
            self._end(end.value, None, now)
            return
        except AgentError as problem:
            self._end(None, problem, now)
            return
        except Exception as bug:  # a driver's bug must not take the pole down
            self.log("bug", "driver %s: %r" % (device.driver.model, bug))
            self._end(None, AgentError("the driver failed: %r" % bug), now)
            return
        self._ask = ask
        self._state = _READY

    def _transmit(self, now):
        ask = self._ask
        self.transaction = self.transaction + 1 & 0xFFFF
        data, self._receiver = ask.open(self.line.framing, self.transaction)
        spent = 0
        if data:
            self.line.write(data)
            if self.line.framing == "rtu":
                spent = (len(data) * self.char_us + 999) // 1000
        self._deadline = now + spent + ask.timeout_ms
        self._state = _WAIT
        self.exchanges += 1

    def _listen(self, now):
        """Feed what arrived. Outside an exchange it is noise or a late reply, and is dropped."""
        while True:
            data = self.line.read()
            if self._state != _WAIT:
                if data:
                    self._quiet_until = now + self.gap
                    continue
                return
            if data:
                self._heard(data, now)
                continue
            if now >= self._deadline:
                self._timed_out(now)
            return

    def _heard(self, data, now):
        try:
            reply = self._receiver.feed(data)
        except AgentError as error:
            self._idle(now)
            self._advance(None, error, now)
            return
        if reply is not None:
            self._replies.append(reply)
            self._idle(now)
            self._advance(reply, None, now)

    def _timed_out(self, now):
        self.timeouts += 1
        self._idle(now)
        self._advance(None, self._receiver.verdict(), now)

    def _idle(self, now):
        self._state = _IDLE
        self._quiet_until = now + self.gap

    def _end(self, readings, error, now):
        job = self._job
        self._job = None
        self._script.close()
        device = job.device
        if error is None:
            self._warm(device, now)
            if device.warm_until is not None and now < device.warm_until:
                readings = [_warming(reading) for reading in readings]
            device.failures = 0
            device.probe_wait = PROBE_MIN
            self._finish(device, readings, self._replies, None)
            return
        silent = isinstance(error, (NoReply, BadChecksum))
        if silent and job.tries < RETRIES and device.failures < FAILURES_TO_OPEN:
            job.tries += 1
            job.not_before = now + QUARANTINE
            self._jobs.append(job)
            return
        if silent:
            self._failed(device, error, now)
        self._finish(device, None, self._replies, error)

    def _failed(self, device, error, now):
        device.failures += 1
        device.last_error = str(error)
        if device.failures >= FAILURES_TO_OPEN:
            if device.failures == FAILURES_TO_OPEN:
                self.log("device", "%s: %s" % (device.name, error))
            device.silent = True
            jitter = int.from_bytes(self.entropy.take(2), "big") * (device.probe_wait // 4) >> 16
            device.probe_after = now + device.probe_wait + jitter
            device.probe_wait = min(PROBE_MAX, device.probe_wait * 2)

    def _warm(self, device, now):
        """A first reply after silence: the device may just have been switched on."""
        if device.silent:
            device.silent = False
            device.warm_until = now + device.driver.warm_up_ms

    def _finish(self, device, readings, raw, error):
        if readings is None:
            quality = DEVICE_FAULT if isinstance(error, Refused) else NO_REPLY
            readings = [
                Reading(channel.name, None, channel.exponent, channel.unit, quality)
                for channel in device.driver.channels
            ]
        self._done.append(Result(device, readings, raw, error))

    def _wake(self, now):
        if self._state == _WAIT:
            return self._deadline
        if self._state == _READY:
            return self._quiet_until
        wake = None
        for job in self._jobs:
            at = max(job.not_before, self._quiet_until, now + 1)
            if wake is None or at < wake:
                wake = at
        return now + 60000 if wake is None else wake


def _warming(reading):
    """The reading of a device that is still warming up: kept, but not to be judged by."""
    if reading.quality != GOOD:
        return reading
    return Reading(reading.name, reading.value, reading.exponent, reading.unit, WARM_UP)
