"""What is read when: groups of channels with an equal interval, their due slots, their rows.

A row's time is its due slot, in milliseconds of uptime. A slot that is still open when the next one
falls due is an overrun, which skips and never queues: if nobody has answered, the new slot takes
its place. If somebody has, the slot goes on for a while, or rows full of holes would cost more than
whole ones just when there is no time; after that, or where it would keep another line or an alarm
waiting, it is closed as it is, and who was left out stays first in the line's queue.
"""

from agent.frame import RowBuffer, schema_id
from agent.reading import NO_REPLY

STANDSTILL = 10000  # ms without any answer, after which a row says so
LOOK = 20  # ms at the least between two looks at a slot that nobody has answered
GOES_ON = 500  # ms; so late may a slot of one line be that others have fallen due meanwhile


class Group:
    """Devices with an equal interval and heartbeat: one schema, one row a slot."""

    def __init__(self, every_ms, seal_ms, members, heartbeat_ms=0):
        self.every_ms = every_ms
        self.heartbeat_ms = heartbeat_ms
        self.exceptions = None  # see agent.deadband, where not every row is kept
        self.members = members  # (bus, device), in the order of their columns
        self.first = {}  # device name to its first column
        columns = 0
        for _, device in members:
            self.first[device.name] = columns
            columns += len(device.channels)
        self.columns = columns
        self.seal_ms = seal_ms
        self.schema_id = schema_id(self.schema())
        self.rows = RowBuffer(self.schema_id, columns)
        self.phase = 0
        self.due = 0
        self.overruns = 0
        self.keep = 1  # one slot in so many is kept; an alarm's devices are asked in all of them
        self.watched = any(device.watched for _, device in members)
        self._slot = None
        self._since = 0  # the first slot that nobody has answered
        self._missed = 0  # slots that are gone, and not counted as skipped yet
        self._heard = []  # the devices that have answered in this slot, in this order

    def schema(self):
        """The body of its schema frame; made anew each time, for it is large and seldom told."""
        devices = [device for _, device in self.members]
        return schema_body(self.every_ms, self.seal_ms, devices, self.heartbeat_ms)

    def start(self, now):
        """The first slot is due at the phase from now, the others at multiples of the interval
        behind it: equal intervals share their instants, and different ones on one line do not fall
        due together."""
        self.due = now + self.phase

    def open(self, now):
        """Open the slot that is due, if one is; the rows that this closes go to the buffer."""
        if now < self.due:
            return
        if self._slot is not None:
            if self._goes_on(now):
                self.due = self._slot + GOES_ON
                return
            self.due = self._slot + self.every_ms
        # After a standstill the slots in between are gone: nobody read them.
        gone = (now - self.due) // self.every_ms
        slot = self.due + gone * self.every_ms
        self.due = slot + self.every_ms
        if gone:
            self._missed += gone if self.watched else gone // self.keep
        turns = self.members
        if self._slot is not None:
            self.overruns += 1
            if not self._heard and slot - self._since < STANDSTILL and self._wanted(slot):
                self._missed += 1
                self._slot = slot
                self.due = max(self.due, now + LOOK)
                return
            turns = self._turns()
            self._close()
        if not self._wanted(slot):
            return
        self._slot = self._since = slot
        self._values = [None] * self.columns
        self._qualities = [NO_REPLY] * self.columns
        self._raw = []
        self._heard = []
        for bus, device in turns:
            bus.request(device, now)

    def _goes_on(self, now):
        if not self._heard or self.watched or now >= self._slot + GOES_ON:
            return False
        line = self.members[0][0]
        return all(bus is line for bus, _ in self.members)

    def _turns(self):
        """Who is left out is counted, and waits in its line already; of the others, who was first
        is first."""
        left = [member for member in self.members if member[1] not in self._heard]
        for bus, _ in left:
            bus.skipped += 1
        return [
            member for device in self._heard for member in self.members if member[1] is device
        ] + left

    def put(self, device, readings, raw):
        """The readings of one of the group's devices."""
        if self._slot is None or device in self._heard:
            return
        self._heard.append(device)
        column = self.first[device.name]
        if not device.driver.proven:
            for reply in raw:
                self._raw.append((column, reply))
        for reading in readings:
            self._values[column] = reading.value
            self._qualities[column] = reading.quality
            column += 1
        if len(self._heard) == len(self.members):
            self.due = self._slot + self.every_ms  # is over already, if the slot went on
            self._close()

    def busy(self) -> bool:
        """Whether a slot is open."""
        return self._slot is not None

    def _close(self):
        if self._missed:
            for bus, _ in self.members:
                bus.skipped += self._missed
            self._missed = 0
        exceptions = self.exceptions
        if self._kept(self._slot) and (
            exceptions is None or exceptions.keep(self._slot, self._values, self._qualities)
        ):
            self.rows.add(self._slot, self._values, self._qualities, self._raw)
        self._slot = None

    def _wanted(self, slot):
        return self.watched or self._kept(slot)

    def _kept(self, slot):
        return slot // self.every_ms % self.keep == 0


def schema_body(every_ms, seal_ms, devices, heartbeat_ms=0):
    """The body of the schema frame for these devices (docs/wire-format.md)."""
    channels = []
    for index, device in enumerate(devices):
        for channel in device.channels:
            watched = 1 if channel.name in device.watched else 0
            channels.append([index, channel.name, channel.unit, channel.exponent, watched])
    models = [[device.name, device.driver.model, int(device.driver.proven)] for device in devices]
    body = {1: every_ms, 2: seal_ms, 3: models, 4: channels}
    if heartbeat_ms:
        body[5] = heartbeat_ms
    return body
