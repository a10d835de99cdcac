"""Sirens, signs and barriers: relays that alarms of this pole switch, without any network.

Loaded only where settings name a drive. What a relay should do follows from its alarms at every
step: raised switches it; one that is blind, or was not read yet, gives the safe state. Nothing
counts but what is read back, also by every later reading of the board: what differs is commanded
again. Each outcome is a signed record of the alarm lane.
"""

from agent import frame
from agent.command import write
from agent.reading import GOOD

LOOK_EVERY = 1000
RETRY_MIN = 1000
RETRY_MAX = 30000  # also between two corrections of a relay that somebody else switches
LONGEST = 24 * 3600 * 1000
MAX_TEXT = 48


class Drive:
    """One relay. items: [channel, ["device/channel" whose alarms switch it], its state in an alarm,
    1 if it is silent in maintenance, least ms of an alarm, "device/channel" of its hand switch or
    ""]; alarms: every agent.alarms.Alarm of the pole."""

    def __init__(self, bus, device, items, alarms):
        self.bus = bus
        self.device = device
        self.channel, sources, self.on, self.silent, self.least_ms, self.hand = items
        self.alarms = [each for each in alarms if _name(each.device, each.channel.name) in sources]
        self.by_hand = False
        self.actual = None  # as it was read back last, None while that is not known
        self._order = None  # (value, until, who)
        self._on_until = 0
        self._asked = None  # (value, cause, by) that is on its way
        self._command = None
        self._value = None  # that was commanded last
        self._retry_at = 0
        self._retry_wait = RETRY_MIN
        self._corrected_at = -RETRY_MAX
        self._told = None

    def order(self, value, until, who):
        """By order of who until an instant: value 0 or 1; None: back to the alarms."""
        self._order = None if value is None else (value, until, who[:MAX_TEXT])

    def wanted(self, agent, now):
        """(value, cause, by whom or what) at this moment."""
        safe = self.device.driver.safe
        if not agent.sampling:
            return safe, "stopped", ""
        if self._order is not None and now < self._order[1]:
            return self._order[0], "order", self._order[2]
        if self.silent and agent.maintenance is not None:
            return 1 - self.on, "maintenance", agent.maintenance.who
        unknown = None
        for alarm in self.alarms:
            if alarm.raised:
                self._on_until = now + self.least_ms
                return self.on, "alarm", _name(alarm.device, alarm.channel.name)
            if alarm.state == frame.BLIND or not alarm.seen:
                unknown = alarm
        if now < self._on_until:
            return self.on, "least time", ""
        if unknown is not None:
            return safe, "not readable", _name(unknown.device, unknown.channel.name)
        return 1 - self.on, "no alarm", ""

    def step(self, agent, now):
        """See what came of the last command, and command what differs; returns when to look
        again."""
        if self._asked is not None and self._command.over:
            self._done(agent, self._command, now)
        if self._asked is None and not self.by_hand:
            wanted = self.wanted(agent, now)
            waits = now < self._retry_at and wanted[0] == self._value
            if wanted[0] != self.actual and not waits:
                self._asked = wanted
                self._value = wanted[0]
                self._command = write(self.bus, self.device, self.channel, wanted[0], now)
                return now
        return now + LOOK_EVERY

    def _done(self, agent, command, now):
        value, cause, by = self._asked
        self._asked = None
        found = None
        for reading in command.readings:
            if reading.name == self.channel:
                found = reading.value
        self.actual = found if command.confirmed else None
        if command.confirmed:
            self._retry_wait = RETRY_MIN
        else:
            self._retry_at = now + self._retry_wait
            self._retry_wait = min(RETRY_MAX, self._retry_wait * 2)
        error = "" if command.error is None else str(command.error)[:MAX_TEXT]
        self._tell(agent, now, value, found, cause, by, error)

    def judge(self, agent, device, readings, now):
        """Readings of a device: perhaps of the relay itself, or of its hand switch."""
        for reading in readings:
            if reading.quality != GOOD:
                continue
            if device == self.device.name and reading.name == self.channel:
                self._read_back(agent, reading.value, now)
            elif _name(device, reading.name) == self.hand and reading.value != self.by_hand:
                self.by_hand = bool(reading.value)
                cause = "hand" if self.by_hand else "hand back"
                self._tell(agent, now, None, self.actual, cause, _name(device, reading.name), "")
                self.actual = None

    def _read_back(self, agent, value, now):
        """The board was read: somebody else may have switched the relay. What was read while a
        command is on its way may be the state of before."""
        if self._asked is not None or self.actual in (None, value):
            return
        if now - self._corrected_at >= RETRY_MAX:
            self._corrected_at = now
            self._tell(agent, now, self.actual, value, "changed", "", "")
            self.actual = value

    def _tell(self, agent, now, value, found, cause, by, error):
        """Record it, unless it is what was recorded last."""
        told = (value, found, cause, by, error)
        if told == self._told:
            return
        self._told = told
        name = _name(self.device.name, self.channel)
        agent.log("relay", "%s wanted %s, is %s: %s %s %s" % (name, value, found, cause, by, error))
        body = {1: self.device.name, 2: self.channel, 3: value, 4: found, 5: cause, 6: by, 7: error}
        agent.tell(frame.ACTUATION, body, now)


class Actuation:
    """The drives of a pole. members: (bus, device); parts: agent.settings.DeviceSettings by device
    name; alarms: every Alarm."""

    def __init__(self, members, parts, alarms):
        self.drives = []
        for bus, device in members:
            for items in parts[device.name].drives:
                self.drives.append(Drive(bus, device, items, alarms))

    def step(self, agent, now):
        """Let every drive do what is due; returns when to call again."""
        return min([drive.step(agent, now) for drive in self.drives])

    def judge(self, agent, device, readings, now):
        """Readings of a device, after the alarms have judged them."""
        for drive in self.drives:
            drive.judge(agent, device, readings, now)

    def order(self, device, channel, value, now, for_ms, who):
        """Switch a relay by order of somebody for for_ms, at most LONGEST, whatever its alarms say;
        value None: back to them. Returns whether there is such a drive."""
        for drive in self.drives:
            if (drive.device.name, drive.channel) == (device, channel):
                drive.order(value, now + min(for_ms, LONGEST), who)
                return True
        return False

    def safe(self) -> bool:
        """Whether every relay was read back in its safe state, or is in somebody's hand."""
        for drive in self.drives:
            if not drive.by_hand and drive.actual != drive.device.driver.safe:
                return False
        return True


def _name(device, channel):
    return "%s/%s" % (device, channel)
