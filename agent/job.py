"""A driver's script on its way over a bus, and what comes of it. See agent.command for writes."""

from agent.device import COMMAND, ROUTINE
from agent.errors import Refused, WrongReply
from agent.reading import DEVICE_FAULT, GOOD, NO_REPLY, WARM_UP, Reading

ENOUGH = 2  # times that a question is put again beyond those which have to be


class Result:
    """What came of one request: readings (one a channel, always), raw replies, or the error."""

    def __init__(self, device, readings, raw, error):
        self.device = device
        self.readings = readings
        self.raw = raw
        self.error = error


class Job:
    """One reading of a device."""

    def __init__(self, device):
        self.device = device
        self.priority = device.priority
        self.tries = 0
        self.doubted = False
        self.script = None
        self.rewind()

    def rewind(self):
        """Back to the beginning."""
        self.close()
        self.script = None
        self.ask = None
        self.silent = False  # whether the last ask was not answered in time
        self.replies = []
        self.heard = []  # every answer to the ask: PDUs, and codes of refusals

    def close(self):
        """End the script where it is."""
        if self.script is not None:
            self.script.close()

    def rank(self):
        """Its place among others: the least goes first."""
        return self.priority * 2 + (self.script is None)

    def last(self) -> bool:
        """Whether all others go before it: a routine reading that has not begun."""
        return self.priority == ROUTINE and self.script is None

    def may_retry(self) -> bool:
        """Whether silence is worth another try: not where the device was silent before."""
        return self.priority == COMMAND or not self.device.failures

    def begin(self, echo_unknown):
        """Take up the driver's script. echo_unknown: whether nobody knows yet if the port gives
        back what is sent."""
        self.script = self.device.driver.read()

    def advance(self, reply, error):
        """Carry the script on, to its next ask. StopIteration holds its readings; AgentErrors, and
        a driver's bugs, come through."""
        self.heard = []
        if error is not None:
            self.ask = self.script.throw(error)
        elif self.ask is None:
            self.ask = next(self.script)
        else:
            self.replies.append(reply)
            self.ask = self.script.send(reply)

    def trusts(self, exchange, reply, error, now) -> bool:
        """Whether what came answers its ask for sure. After a time-out its match may be a late
        reply: then the question is to be put again, as often as there may be late replies to it;
        and where they may be about something else, until one answer has come once more than them.
        If none does, the script begins anew when nothing late can come any more; WrongReply if that
        did not help."""
        device = self.device
        if self.silent:
            if not exchange.spoilt:
                device.give_up(self.ask, now)
            return True
        if error is not None and not isinstance(error, Refused):
            return True
        said = reply if error is None else error.code
        self.heard.append(said)
        same, other = device.owed(self.ask, error is not None)
        if exchange.surplus:
            device.came()
        elif len(self.heard) > same and self.heard.count(said) > other:
            device.settled(self.ask)
            if not device.linger_ms(self.ask, now):
                device.took(now - exchange.left_at)
            return True
        if len(self.heard) > same + other + ENOUGH:
            if self.doubted:
                raise WrongReply("%s: its replies come later than its time-out" % device.name)
            self.doubted = True
            self.rewind()
            device.rest(now)
        return False

    def end(self, done, readings, error, now):
        """Its script is over, with readings or an AgentError: its Result is added to done."""
        self.close()
        device = self.device
        device.wanted = False
        if readings is None:
            quality = DEVICE_FAULT if isinstance(error, Refused) else NO_REPLY
            readings = [
                Reading(channel.name, None, channel.exponent, channel.unit, quality)
                for channel in device.driver.channels
            ]
        elif device.warming(now):
            readings = [_warming(reading) for reading in readings]
        done.append(Result(device, readings, self.replies, error))


def _warming(reading):
    """The reading of a device that is still warming up: kept, but not to be judged by."""
    if reading.quality != GOOD:
        return reading
    return Reading(reading.name, reading.value, reading.exponent, reading.unit, WARM_UP)
