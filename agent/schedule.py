"""What is read when: groups of channels with an equal interval, their due slots, their rows.

A row's time is its due slot, in milliseconds of uptime. A slot that is still open when the next one
falls due is closed as it is: an overrun skips, and never queues.
"""

from agent.frame import MAX_FRAME, RowBuffer, schema_id
from agent.protocols import cbor
from agent.reading import NO_REPLY

MAX_COLUMNS = 32
# What a schema body may take, so that its frame stays within MAX_FRAME.
MAX_SCHEMA = MAX_FRAME - 160


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
        self._waiting = []  # names of those that have not answered in this slot
        self._turns = list(members)  # in the order in which they are asked

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
            self.overruns += 1
            self._turn()
            for bus, device in self.members:
                bus.cancel(device)
            self._close()
        # After a standstill the slots in between are gone: nobody read them.
        self._slot = self.due + (now - self.due) // self.every_ms * self.every_ms
        self.due = self._slot + self.every_ms
        if not self._kept() and not self.watched:
            self._slot = None
            return
        self._values = [None] * self.columns
        self._qualities = [NO_REPLY] * self.columns
        self._raw = []
        self._waiting = [device.name for _, device in self.members]
        for bus, device in self._turns:
            # An exchange that outlasts its slot still answers, into the slot that is open then.
            if not bus.busy_with(device):
                bus.request(device, now)

    def put(self, device, readings, raw):
        """The readings of one of the group's devices."""
        if self._slot is None or device.name not in self._waiting:
            return
        self._waiting.remove(device.name)
        column = self.first[device.name]
        if not device.driver.proven:
            for reply in raw:
                self._raw.append((column, reply))
        for reading in readings:
            self._values[column] = reading.value
            self._qualities[column] = reading.quality
            column += 1
        if not self._waiting:
            self._close()

    def _turn(self):
        """Who was skipped goes first: on a line that cannot keep up all are read now and then."""
        skipped = [member for member in self._turns if member[1].name in self._waiting]
        self._turns = skipped + [member for member in self._turns if member not in skipped]

    def busy(self) -> bool:
        """Whether a slot is open."""
        return self._slot is not None

    def _close(self):
        exceptions = self.exceptions
        if self._kept() and (
            exceptions is None or exceptions.keep(self._slot, self._values, self._qualities)
        ):
            self.rows.add(self._slot, self._values, self._qualities, self._raw)
        self._slot = None

    def _kept(self):
        return self._slot // self.every_ms % self.keep == 0


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


def groups(members, seal_ms):
    """Split (bus, device) members into groups: equal interval and heartbeat, few enough columns
    and names."""
    result = []
    for every_ms, heartbeat_ms in sorted({_rhythm(device) for _, device in members}):
        batch = []
        for member in members:
            if _rhythm(member[1]) != (every_ms, heartbeat_ms):
                continue
            if batch and not _fits(every_ms, seal_ms, batch + [member]):
                result.append(Group(every_ms, seal_ms, batch, heartbeat_ms))
                batch = []
            batch.append(member)
        result.append(Group(every_ms, seal_ms, batch, heartbeat_ms))
    _set_phases(result)
    return result


def _set_phases(result):
    """Where a line has several intervals, spread their beginnings over the shortest of all."""
    rhythms = {}  # line: its intervals
    for group in result:
        for bus, _ in group.members:
            rhythms.setdefault(id(bus), set()).add(group.every_ms)
    if max([len(intervals) for intervals in rhythms.values()]) < 2:
        return
    intervals = sorted({group.every_ms for group in result})
    for group in result:
        group.phase = intervals.index(group.every_ms) * intervals[0] // len(intervals)


def _rhythm(device):
    return device.every_ms, device.heartbeat_ms


def _fits(every_ms, seal_ms, members):
    devices = [device for _, device in members]
    body = schema_body(every_ms, seal_ms, devices)
    return len(body[4]) <= MAX_COLUMNS and len(cbor.encode(body)) <= MAX_SCHEMA
