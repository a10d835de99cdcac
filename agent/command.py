"""What is written over a bus: before all that is read, and read back. Loaded where settings name a
drive.
"""

from agent.device import COMMAND
from agent.errors import Refused
from agent.job import Job

MOST = 16  # that wait on one line


class Command(Job):
    """One write to a device, by its driver's ``write(channel, value)``; value None: the driver's
    safe state.

    over: whether it has ended. Then readings are what was read back (one a channel), [] where error
    (an AgentError) says why there are none; confirmed says whether the channel was read back as it
    was written: nothing else counts as done.
    """

    def __init__(self, bus, device, channel, value):
        super().__init__(device)
        self.priority = COMMAND
        self.bus = bus
        self.reads_first = True
        self.channel = channel
        self.value = value
        self.over = False
        self.readings = []
        self.error = None
        self.confirmed = False

    def begin(self, echo_unknown):
        """Take up the driver's script. The reply to a write looks like its echo: where it is not
        known whether the port echoes, a command reads first."""
        if self.reads_first and echo_unknown:
            super().begin(echo_unknown)
        else:
            self.reads_first = False
            self.script = self.device.driver.write(self.channel, self.value)

    def end(self, done, readings, error, now):
        """Its script is over, with what was read or an AgentError."""
        self.close()
        if error is None and self.reads_first:
            self.reads_first = False
            self.rewind()
            self.bus.queue(self)
            return
        self.over = True
        self.readings = readings or []
        self.error = error
        value = self.device.driver.safe if self.value is None else self.value
        for part in self.readings:
            if part.name == self.channel:
                self.confirmed = part.value == value


def write(bus, device, channel, value, now) -> Command:
    """Put a Command to a device of bus before all that is read there. It is over after a later
    step, whatever happens; an open breaker does not hold it back. One that cannot be is over at
    once. Never blocks, never raises."""
    command = Command(bus, device, channel, value)
    waiting = len([job for job in bus.jobs if job.priority == COMMAND])
    wrong = _mistake(device.driver, channel, value)
    if wrong is not None:
        command.end(None, None, Refused("%s: %s" % (device.name, wrong)), now)
    elif waiting >= MOST:
        command.end(None, None, Refused("%d commands wait on this line" % waiting), now)
    else:
        bus.queue(command)
    return command


def _mistake(driver, channel, value):
    """What a driver says against such a command before it asks anything, or None."""
    if not hasattr(driver, "write"):
        return "nothing can be written to it"
    script = driver.write(channel, value)
    try:
        next(script)
    except ValueError as error:
        return str(error)
    except Exception:  # its bug: the bus meets it again, and tells
        return None
    script.close()
    return None
