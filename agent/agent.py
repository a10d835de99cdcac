"""The agent: the whole device as ``step(now_ms)``. No I/O, no clock, no float, no await: time is an
argument, and the ports are the only way out.
"""

from agent import frame
from agent.alarms import Alarm
from agent.bus import Bus
from agent.device import ALARM_PRIORITY, ROUTINE, Device
from agent.errors import BadFrame, JournalFull
from agent.frame import CLEARED, MUTED, RAISED
from agent.protocols import cbor, cose
from agent.ration import DAY, OVERHEAD, Ration
from agent.reading import ALARM, DIAGNOSTIC, LANES, NO_REPLY, SYNCED, TELEMETRY
from agent.schedule import groups
from agent.seal import Sealer
from agent.uplink import Uplink

VERSION = "0.1.0"
RATION_EVERY = 1000  # between two looks at the journal's room and the data budget
REFUSED_EVERY = 3600000  # between two status records that tell of refused downlinks
SEAL_RETRY = 1000  # after a storage that failed, before the next attempt
MAX_ROWS = 600  # rows kept in memory while the storage fails; the oldest go first, counted
SENSOR_TIME_MS = 1000  # what a receiver's UTC may be off: its sentences follow the second they name


class Ports:
    """What the edge gives: see agent.ports for each."""

    def __init__(
        self, lines, journal, state, carrier, signer, verifier, entropy, log, ceiling=8192
    ):  # fmt: skip
        self.lines = lines  # by the line's name
        self.journal = journal
        self.state = state
        self.carrier = carrier
        self.signer = signer
        self.verifier = verifier
        self.entropy = entropy
        self.log = log  # log(topic, sentence)
        self.ceiling = ceiling  # bytes that may be on their way to the platform at the most
        self.district = None  # (carrier, verifier) of a second platform, which gets all the same


class Agent:
    """One pole. settings: agent.settings.Settings; drivers: model name to driver class."""

    def __init__(self, settings, drivers, ports, runtime, reset_reason, powered=True):
        self.settings = settings
        self.ports = ports
        self.log = ports.log
        self.runtime = runtime
        self.reset_reason = reset_reason
        self.rows_dropped = 0
        self.alarms_made = 0
        self.buses = []
        self.alarms = []
        self.quality = None
        self.actuation = None  # see agent.actuation, where settings name a drive
        self.maintenance = None  # see agent.maintenance, while it is on
        self.drill = None  # see agent.drill, while one is on
        self.drilled = {}  # (device, channel): how its last drill ended
        self._filters = {}  # by device
        self._overdue = []  # [device, channel] whose calibration is
        self._refused_told = 0  # downlinks, when a status told of them last
        self._refused_at = 0
        self._now = 0
        self._started = False
        self.sampling = True
        self._retry_at = 0
        self._ration_at = 0
        self.watchers = []  # judge(agent, device's name, readings, now)
        self._owed = []  # records of the alarm lane that the storage has not taken yet
        self.alarm_seq = 0  # what the newest of them will have
        members = []
        parts = {part.name: part for line in settings.lines for part in line.devices}
        if any(part.checks for part in parts.values()):
            from agent.quality import Quality

            self.quality = Quality(parts.values())
        for line in settings.lines:
            devices = [self._device(part, drivers[part.driver]) for part in line.devices]
            bus = Bus(ports.lines[line.name], line.mode, devices, ports.entropy, ports.log, powered)
            self.buses.append(bus)
            members.extend([(bus, device) for device in devices])
        self.groups = groups(members, settings.seal_ms)
        self.sealer = Sealer(ports.journal, ports.signer, ports.log)
        if any(group.heartbeat_ms for group in self.groups):
            from agent.deadband import attach

            self.sealer.by_exception = attach(self.groups, parts)
        self.uplink = self._uplink(ports.carrier, ports.verifier, 0)
        self.uplinks = [self.uplink]
        if ports.district is not None:
            self.uplinks.append(self._uplink(ports.district[0], ports.district[1], 1))
        self.uplink.gate.keep = self._keep
        self.ration = Ration(ports.journal, settings.data_per_day)
        if any(part.drives for part in parts.values()):
            from agent.actuation import Actuation

            self.actuation = Actuation(members, parts, self.alarms)
            self.watchers.append(self.actuation)
        if settings.switch:
            from agent.maintenance import Switch

            self.watchers.append(Switch(*settings.switch))

    def _uplink(self, carrier, verifier, destination):
        ports, settings = self.ports, self.settings
        return Uplink(
            carrier,
            self.sealer,
            verifier,
            ports.entropy,
            ports.log,
            settings.beacon_ms,
            settings.retry_max_ms,
            ports.ceiling,
            destination,
        )

    def _device(self, part, driver_class):
        driver = driver_class(part.options)
        priority = ALARM_PRIORITY if part.alarms else ROUTINE
        device = Device(part.name, driver, part.every_ms, priority)
        device.heartbeat_ms = part.heartbeat_ms
        if part.filters:
            from agent.filters import attach

            self._filters[part.name] = attach(device, part.filters)
        for rule in part.alarms:
            device.watched.append(rule.channel)
            for channel in device.channels:
                if channel.name == rule.channel:
                    self.alarms.append(
                        Alarm(part.name, channel, rule, part.every_ms, driver.warm_up_ms)
                    )
        return device

    def step(self, now: int) -> int:
        """Do all that is due at now (monotonic ms); returns when to call again at the latest."""
        self._now = now
        if not self._started:
            self._start(now)
        wake = now + 60000
        if self.sampling:
            for group in self.groups:
                group.open(now)
                wake = min(wake, group.due)
        for bus in self.buses:
            wake = min(wake, bus.step(now))
            for result in bus.take():
                self._result(result, now)
            for outcome in bus.take_commands():
                outcome.token.done(self, outcome, now)
        for alarm in self.alarms:
            state = alarm.tick(now) if self.sampling else None
            if state is not None:
                self.transition(alarm, state, None, now)
        self._ration(now)
        if self.actuation is not None:
            wake = min(wake, self.actuation.step(self, now))
        wake = min(wake, self._seal(now))
        commit = self.ports.journal.commit(now)
        if commit is not None:
            wake = min(wake, commit)
        for uplink in self.uplinks:
            wake = min(wake, uplink.step(now))
        if self.drill is not None:
            wake = min(wake, self.drill.check(self, now))
        self._answer(now)
        for uplink in self.uplinks:
            self._fill_in(uplink, now)
        return wake

    def learn_time(self, now, utc_ms, uncertainty_ms, source, quality=SYNCED):
        """A source tells UTC at the instant now; see Sealer.learn_time."""
        self._stored(now, self.sealer.learn_time, now, utc_ms, uncertainty_ms, source, quality)

    def stop_sampling(self):
        """Ask nothing new. What is under way is finished, sealed and delivered by further steps."""
        self.sampling = False

    def delivered(self) -> bool:
        """After stop_sampling: whether everything is sealed and every platform has it all."""
        for group in self.groups:
            if group.busy() or len(group.rows):
                return False
        journal = self.ports.journal
        for lane in LANES:
            if journal.settled(lane) < journal.next_seq(lane) - 1:
                return False
        return not self._owed and (self.actuation is None or self.actuation.safe())

    def stop(self, now):
        """An orderly end: seal what is open, keep the cursors."""
        for group in self.groups:
            if len(group.rows):
                self._stored(now, self.sealer.rows, group.rows)
        self.ports.journal.flush()
        for uplink in self.uplinks:
            uplink.carrier.close()

    # The beginning.

    def _start(self, now):
        self._started = True
        for group in self.groups:
            group.start(now)
        self._restore(now)
        self._stored(now, self._boot_record, now)
        self._stored(now, self._status, now)
        for group in self.groups:
            self._stored(now, self._schema, group, now)
        for lane in LANES:
            told = []
            for uplink in self.uplinks:
                for gap in self.ports.journal.missing(lane, uplink.destination):
                    if gap not in told:
                        self._stored(now, self._gap, lane, gap, now)
                        told.append(gap)

    def _boot_record(self, now):
        """What the last boot had sealed: from it the platform books the unsealed span."""
        journal = self.ports.journal
        ends = []
        for lane in LANES:
            seq = journal.next_seq(lane) - 1
            time = quality = None
            while seq > 0 and lane == TELEMETRY and time is None:
                data = journal.read(lane, seq)
                if data is None:
                    break
                time, quality = _last_row(data)
                seq -= 1
            ends.append([lane, journal.next_seq(lane) - 1, time, quality])
        body = {1: self.reset_reason, 2: ends}
        self.sealer.record(TELEMETRY, frame.BOOT_RECORD, body, now)

    def _status(self, now):
        body = {
            1: VERSION,
            2: self.settings.hash,
            4: self.reset_reason,
            5: self.runtime,
            6: self.settings.pole_id,
            7: self.ports.carrier.name,
            8: self.settings.beacon_ms,
            9: [self.ration.keep, self.ration.lowest, self.ration.reason],
        }
        if self._overdue:
            body[10] = self._overdue
        refused = self.uplink.gate.refused
        if refused:
            body[11] = [[reason, refused[reason]] for reason in sorted(refused)]
        self._refused_told = sum(refused.values())
        self._refused_at = now
        self.sealer.record(DIAGNOSTIC, frame.STATUS, body, now)

    def _schema(self, group, now):
        self.sealer.record(TELEMETRY, frame.SCHEMA_FRAME, group.schema(), now)

    def _gap(self, lane, gap, now):
        """gap: (first, last, reason, begin, end), as Journal.missing says it."""
        self.log("gap", "lane %d, %d to %d: %s" % (lane, gap[0], gap[1], gap[2]))
        body = {1: gap[0], 2: gap[1], 3: gap[2], 4: gap[3], 5: gap[4]}
        self.sealer.record(lane, frame.GAP, body, now)

    # Readings.

    def _result(self, result, now):
        device = result.device
        readings = result.readings
        if device.driver.utc_ms is not None:
            self.learn_time(now, device.driver.utc_ms, SENSOR_TIME_MS, device.name)
        if self.quality is not None:
            readings = self.quality.judge(device.name, readings, now)
        for each in self._filters.get(device.name, ()):
            readings = readings + [each.read(readings, now)]
        for group in self.groups:
            if device.name in group.first:
                group.put(device, readings, result.raw)
        for alarm in self.alarms:
            if alarm.device != device.name:
                continue
            for reading in readings:
                if reading.name == alarm.channel.name:
                    state = alarm.judge(reading, now)
                    if state is not None:
                        self.transition(alarm, state, reading, now)
        for watcher in self.watchers:
            watcher.judge(self, device.name, readings, now)

    def transition(self, alarm, state, reading, now):
        """An alarm changed: journaled at once, and kept as latched over a restart."""
        told, beneath = state, RAISED if alarm.raised else state
        drill = self.drill
        if drill is not None and not drill.marks(alarm, state):
            drill = None
        if self.maintenance is not None and state != CLEARED and drill is None:
            told = MUTED
        name = frame.ALARM_STATES[told]
        self.log("alarm", "%s/%s %s" % (alarm.device, alarm.channel.name, name))
        body = {
            1: alarm.device,
            2: alarm.channel.name,
            3: told,
            4: None if reading is None else reading.value,
            5: alarm.channel.exponent,
            6: alarm.channel.unit,
            7: NO_REPLY if reading is None else reading.quality,
            8: [alarm.rule.direction, alarm.rule.limit],
            9: self.settings.hash,
        }
        if beneath != told:
            body[10] = beneath
        if state == CLEARED and alarm.rule.latch and alarm.reset_by is not None:
            body[11] = alarm.reset_by
        if drill is not None:
            body[12] = 1
        self.tell(frame.ALARM_FRAME, body, now)
        if drill is not None:
            drill.told(self, alarm, state, now)
        self.latch(now)

    def tell(self, kind, body, now):
        """Seal a record in the alarm lane, at once or as soon as the storage takes it."""
        self._owed.append((kind, body, now))
        self.alarm_seq = self.ports.journal.next_seq(ALARM) + len(self._owed) - 1

    def _seal(self, now):
        """Seal owed alarms, then the groups whose time or size has come; returns the next time."""
        while self._owed and now >= self._retry_at:
            kind, body, at = self._owed[0]
            if not self._stored(now, self.sealer.record, ALARM, kind, body, at):
                break
            self._owed.pop(0)
            self.alarms_made += 1
        wake = self._retry_at if self._owed else now + 60000
        for group in self.groups:
            rows = group.rows
            if not len(rows):
                continue
            due = rows.times[0] + self.settings.seal_ms
            if now >= due or rows.full() or not (self.sampling or group.busy()):
                if now >= self._retry_at and self._stored(now, self.sealer.rows, rows):
                    continue
                if len(rows) > MAX_ROWS:
                    rows.drop(MAX_ROWS // 10)
                    self.rows_dropped += MAX_ROWS // 10
                due = max(self._retry_at, now + 1)
            wake = min(wake, due)
        return wake

    def _stored(self, now, action, *arguments):
        """Do what writes to the journal; whether it was stored. A storage that fails is said."""
        try:
            action(*arguments)
            return True
        except (OSError, JournalFull) as error:
            self._retry_at = now + SEAL_RETRY
            self.log("storage", "not stored: %s" % error)
            return False

    # When room or data run short.

    def _ration(self, now):
        if now < self._ration_at:
            return
        self._ration_at = now + RATION_EVERY
        if self.maintenance is not None:
            self.maintenance.check(self, now)
        ration = self.ration
        utc_offset = self.sealer.utc_offset
        if self.quality is not None and utc_offset is not None:
            overdue = self.quality.overdue(now + utc_offset)
            if overdue != self._overdue:
                self._overdue = overdue
                self._stored(now, self._status, now)
        refused = sum(self.uplink.gate.refused.values())
        if refused > self._refused_told and now - self._refused_at >= REFUSED_EVERY:
            self._stored(now, self._status, now)
        day = (now + (utc_offset or 0)) // DAY
        total = 0
        for uplink in self.uplinks:
            total += uplink.sent_bytes + uplink.heard_bytes + OVERHEAD * uplink.offers
        if ration.count(total, day):
            self.latch(now)
        if not ration.judge():
            return
        for uplink in self.uplinks:
            uplink.lowest = ration.lowest
        for group in self.groups:
            group.keep = ration.keep
        self.log("ration", ration.reason or "nothing is held back any more")
        self._stored(now, self._status, now)

    # What survives a restart beside the frames.

    def latch(self, now):
        # Written before the alarm is sealed, and told again where a restart came in between.
        latched = [
            [alarm.key(), alarm.state, int(alarm.raised)]
            for alarm in self.alarms
            if alarm.state != CLEARED
        ]
        items = {1: latched, 3: self.alarm_seq}
        if self.maintenance is not None:
            items[4] = self.maintenance.kept(now)
        if self.ration.budget and self.ration.day is not None:
            items[2] = [self.ration.day, self.ration.spent]
        if self.uplink.gate.newest:
            items[5] = self.uplink.gate.kept()
        try:
            self.ports.state.put(cbor.encode(items))
            return True
        except OSError as error:
            self.log("storage", "alarm state not stored: %s" % error)
            return False

    def _keep(self):
        return self.latch(self._now)

    def _restore(self, now):
        data = self.ports.state.get()
        if data is None:
            return
        try:
            self._take_up(cbor.decode(data), now)
        except Exception as error:  # written by another version: no reason to stay down
            self.log("storage", "alarm state unreadable: %r" % error)

    def _take_up(self, items, now):
        if 5 in items:
            self.uplink.gate.restore(items[5])
        if 2 in items:
            self.ration.day, self.ration.spent = items[2]
        if 4 in items:
            from agent import maintenance

            maintenance.restore(self, items[4], now)
        for alarm in self.alarms:
            for part in items.get(1, []):
                if part[0] == alarm.key():
                    alarm.restore(part[1], part[2], now)
        self.alarm_seq = seq = items.get(3, 0)
        journal = self.ports.journal
        if seq > journal.released(ALARM) and journal.read(ALARM, seq) is None:
            for alarm in self.alarms:
                self.transition(alarm, alarm.state, None, now)

    # What the platform asks for.

    def _answer(self, now):
        uplink = self.uplink
        if uplink.time is not None:
            at, utc_ms, uncertainty = uplink.time
            uplink.time = None
            self.learn_time(at, utc_ms, uncertainty, "platform")
            # An acknowledged frame is the proof that this software works.
            self.ports.journal.confirm()

    def _fill_in(self, uplink, now):
        """Tell a platform what it lacks and the journal cannot give it: schemas, and gaps."""
        while uplink.orders:
            from agent.obey import obey

            obey(self, uplink.orders.pop(0), now)
        while uplink.schemas_wanted:
            wanted = uplink.schemas_wanted.pop()
            for group in self.groups:
                if group.schema_id == wanted:
                    self._stored(now, self._schema, group, now)
        while uplink.holes and now >= self._retry_at:
            lane, first, last = uplink.holes[0]
            gap = (first, last, "not held", None, None)
            for known in self.ports.journal.missing(lane, uplink.destination):
                if known[0] <= first <= known[1]:
                    gap = (first, last) + known[2:]
            if not self._stored(now, self._gap, lane, gap, now):
                break  # told again once the journal takes it: a gap is never silent
            uplink.holes.pop(0)


def _last_row(data):
    """(time, time quality) of the last row in a frame of ours, or (None, None)."""
    try:
        return frame.last_row(cose.parse1(data).payload)
    except BadFrame:
        return None, None
