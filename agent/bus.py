"""A bus: one line, its devices, and the one arbiter of who is asked next.

``request`` queues a reading of a device, ``agent.command.write`` a write; ``step`` carries them
over the line without ever blocking; ``take`` hands out what came of the readings. Commands go
before alarm channels, and those before routine ones, also between two asks of one device's script.
A dead or mad device costs the others its time-out, within a budget, and after three failures in a
row one probe now and then.
"""

from agent.device import ALARM_PRIORITY, ROUTINE, Budget, Device
from agent.errors import AgentError, BadChecksum, NoReply, Refused, WrongReply
from agent.exchange import Exchange
from agent.job import Job, Result

__all__ = ("ALARM_PRIORITY", "ROUTINE", "Bus", "Device", "Result")

# Policy, in milliseconds unless said otherwise.
RETRIES = 1
IDLE = 60000  # until the next step where nothing is to be done
LOOK = 20  # until the next look at a line that cannot take a request yet


class Bus:
    """The arbiter of one line. entropy jitters the probes; powered says whether the sensors were
    switched on together with the agent, so that their warm-up starts with it."""

    name = ""  # of its line, in the settings

    def __init__(self, line, mode, devices, entropy, log, powered=True):
        self.line = line
        self.devices = devices
        self.log = log
        self.entropy = entropy
        self.exchange = Exchange(line, mode)
        self.budget = Budget()
        self.skipped = 0  # read-outs of devices that were due and left out: it cannot keep up
        # What goes before others, and has begun: in the order in which their last ask ended.
        self.jobs = []
        self._later = []  # routine readings that have not begun, in the order in which they came
        self._job = None  # whose ask is on the line
        self._done = []
        if not powered:
            for device in devices:
                device.silent = False

    # What the schedule sees.

    def request(self, device, now):
        """Have device read once; nothing where a reading of it waits already, or is under way: it
        is skipped, never queued. A breaker that is open answers at once, but for a probe."""
        if device.wanted:
            return
        device.wanted = True
        if device.shut() and (now < device.probe_after or not self.budget.allows(now)):
            Job(device).end(self._done, None, NoReply(device.last_error), now)
        else:
            self.queue(Job(device))

    @property
    def timeouts(self):
        """How many asks were not answered in time."""
        return self.exchange.timeouts

    def waiting(self) -> bool:
        """Whether an exchange is under way, so that what arrives matters."""
        return self._job is not None

    def take(self):
        """The Results since the last take."""
        done, self._done = self._done, []
        return done

    # The line.

    def step(self, now) -> int:
        """Do what can be done now; returns when to call again at the latest."""
        try:
            if not self.exchange.ready(now):
                self._fail_all(now)
                return self.exchange.reopen_at
            while self._listen(now) and self._start(now):
                pass
        except OSError as error:
            self.log("line", self.exchange.lost(error, now))
            self._fail_all(now)
            return self.exchange.reopen_at
        return self._wake(now)

    def _fail_all(self, now):
        jobs = self.jobs + self._later
        if self._job is not None:
            jobs.append(self._job)
        self.jobs = []
        self._later = []
        self._job = None
        for job in jobs:
            job.rewind()
            why = "the line is out of order: %s" % self.exchange.why
            job.end(self._done, None, NoReply(why), now)

    def _wake(self, now):
        if self._job is not None:
            return self.exchange.wake(now)
        jobs = self.jobs + self._later
        if jobs and self.line.wants_write():
            return now + LOOK
        wake = now + IDLE
        for job in jobs:
            wake = min(wake, max(now + 1, job.device.rest_until, self._silent_until(job)))
        return wake

    # Whose turn it is.

    def queue(self, job):
        """Let job wait for its turn."""
        (self._later if job.last() else self.jobs).append(job)

    def _start(self, now):
        """Put the next ask on the line; returns whether there was something to do."""
        job = self._next(now)
        if job is None or self.line.wants_write():  # it is still connecting
            return False
        (self._later if job.last() else self.jobs).remove(job)
        if job.script is None:
            job.begin(self.exchange.echo is None and self.line.framing == "rtu")
            self._advance(job, None, None, now)
            return True
        self._job = job
        self.exchange.begin(job.ask, now, job.device.linger_ms(job.ask, now))
        return True

    def _next(self, now):
        """The job to go on with: by priority, and what has begun before what has not; else first
        come. None while nothing is ready, or while it is owed more silence than the line keeps."""
        best = least = None
        for job in self.jobs:
            if now >= job.device.rest_until:
                rank = job.rank()
                if best is None or rank < least:
                    best, least = job, rank
        if best is None:
            for job in self._later:
                if now >= job.device.rest_until:
                    best = job
                    break
        if best is None or now < self._silent_until(best):
            return None
        return best

    def _silent_until(self, job):
        return self.exchange.free_at + job.device.driver.gap_ms

    # One ask.

    def _listen(self, now):
        """Hear what the exchange under way brings; returns whether the line is free."""
        job = self._job
        if job is None:
            self.exchange.drain(now)
            return True
        ended = self.exchange.listen(now)
        if ended is None:
            return False
        self._job = None
        reply, error = ended
        job.silent = self.exchange.timed_out
        if error is not None and not isinstance(error, Refused):
            self.budget.spend(now - self.exchange.begun)
        try:
            again = self.line.framing == "rtu" and not job.trusts(self.exchange, reply, error, now)
        except WrongReply as late:
            self._end(job, None, late, now)
            return True
        if again:
            self.queue(job)
        else:
            self._advance(job, reply, error, now)
        return True

    def _advance(self, job, reply, error, now):
        """Give the script the reply (or the error); what it asks next waits for its turn."""
        try:
            job.advance(reply, error)
        except StopIteration as end:
            self._end(job, end.value, None, now)
            return
        except AgentError as problem:
            self._end(job, None, problem, now)
            return
        except Exception as bug:  # a driver's bug must not take the pole down
            self.log("bug", "driver %s: %r" % (job.device.driver.model, bug))
            self._end(job, None, AgentError("the driver failed: %r" % bug), now)
            return
        self.queue(job)

    def _end(self, job, readings, error, now):
        device = job.device
        if error is None or isinstance(error, Refused):
            device.answered(now)
        elif job.silent or isinstance(error, (NoReply, BadChecksum)):
            if job.tries < RETRIES and job.may_retry() and self.budget.allows(now):
                job.tries += 1
                job.rewind()
                self.queue(job)
                return
            at_once = not self.budget.allows(now)
            if device.failed(error, now, self.entropy.take(2), at_once):
                self.log("device", "%s: %s" % (device.name, error))
        job.end(self._done, readings, error, now)
