"""The agent: the whole device as ``step(now_ms)``. No I/O, no clock, no float, no await: time is an
argument, and the ports are the only way out.

It is put together by agent.assembly, and starts by agent.beginning. agent.store seals what it
makes, agent.records tells of the pole itself, agent.upkeep looks after it, agent.memory keeps what
survives a restart.
"""

from agent import memory
from agent.alarms import alarm_body
from agent.frame import ALARM_FRAME, ALARM_STATES, CLEARED, MUTED
from agent.ration import Ration
from agent.reading import LANES, SYNCED
from agent.seal import Sealer
from agent.store import Store
from agent.upkeep import Upkeep

VERSION = "0.1.0"
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
        self.settings = None  # makes an agent.ports.SettingsStore, where orders may bring settings


class Agent:
    """One pole. settings: agent.settings.Settings; drivers: model name to driver class."""

    version = VERSION

    def __init__(self, settings, drivers, ports, runtime, reset_reason, powered=True):
        from agent import assembly  # a board forgets it when it is up

        self.settings = settings
        self.ports = ports
        self.log = ports.log
        self.runtime = runtime
        self.reset_reason = reset_reason
        self.sampling = True
        self.restart = False  # whether to end in order and start again, with other settings
        self.buses = []
        self.alarms = []
        self.places = {}  # device's name: (its group, its filters, its alarms)
        self.watchers = []  # judge(agent, device's name, readings, now)
        self.quality = None  # see agent.quality, where settings name checks
        self.actuation = None  # see agent.actuation, where settings name a drive
        self.maintenance = None  # see agent.maintenance, while it is on
        self.drill = None  # see agent.drill, while one is on
        self.drilled = {}  # (device, channel): how its last drill ended
        self._now = 0
        self._open_at = 0  # no slot falls due before
        self._started = False
        self.sealer = Sealer(ports.journal, ports.signer, ports.log)
        self.groups = assembly.groups(self, drivers, powered)
        self.store = Store(self.sealer, self.groups, settings.seal_ms, ports.log)
        self.uplinks = assembly.uplinks(self)
        self.uplink = self.uplinks[0]
        self.uplink.gate.keep = self._keep
        self.ration = Ration(ports.journal, settings.data_per_day)
        self.upkeep = Upkeep()

    def step(self, now: int) -> int:
        """Do all that is due at now (monotonic ms); returns when to call again at the latest."""
        self._now = now
        if not self._started:
            self._start(now)
        wake = now + 60000
        if self.sampling and now >= self._open_at:
            self._open(now)
        for bus in self.buses:
            due = bus.step(now)
            if due < wake:
                wake = due
            for result in bus.take():
                self._result(result, now)
        if self.sampling:
            wake = min(wake, self._open_at)
        for alarm in self.alarms:
            state = alarm.tick(now) if self.sampling else None
            if state is not None:
                self.transition(alarm, state, None, now)
        self.upkeep.step(self, now)
        if self.actuation is not None:
            wake = min(wake, self.actuation.step(self, now))
        wake = min(wake, self.store.step(now, self.sampling))
        commit = self.ports.journal.commit(now)
        if commit is not None:
            wake = min(wake, commit)
        for uplink in self.uplinks:
            wake = min(wake, uplink.step(now))
        if self.drill is not None:
            wake = min(wake, self.drill.check(self, now))
        self._hear(now)
        return wake

    def learn_time(self, now, utc_ms, uncertainty_ms, source, quality=SYNCED):
        """A source tells UTC at the instant now; see Sealer.learn_time."""
        self.store.put(now, self.sealer.learn_time, now, utc_ms, uncertainty_ms, source, quality)

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
        return not self.store.owed and (self.actuation is None or self.actuation.safe())

    def stop(self, now):
        """An orderly end: seal what is open, keep the cursors."""
        for group in self.groups:
            if len(group.rows):
                self.store.put(now, self.sealer.rows, group.rows)
        self.ports.journal.flush()
        for uplink in self.uplinks:
            uplink.carrier.close()

    def transition(self, alarm, state, reading, now):
        """An alarm changed: journaled at once, and kept as latched over a restart."""
        told = state
        drill = self.drill
        if drill is not None and not drill.marks(alarm, state):
            drill = None
        if self.maintenance is not None and state != CLEARED and drill is None:
            told = MUTED
        name = ALARM_STATES[told]
        self.log("alarm", "%s/%s %s" % (alarm.device, alarm.channel.name, name))
        body = alarm_body(alarm, state, told, reading, self.settings.hash)
        if drill is not None:
            body[12] = 1
        self.tell(ALARM_FRAME, body, now)
        if drill is not None:
            drill.told(self, alarm, state, now)
        self.latch(now)

    def tell(self, kind, body, now):
        """Seal a record in the alarm lane, at once or as soon as the storage takes it."""
        self.store.tell(kind, body, now)

    def latch(self, now):
        """Keep what survives a restart; whether the storage took it."""
        return memory.keep(self, now)

    def _keep(self):
        return self.latch(self._now)

    def _start(self, now):
        from agent.beginning import begin  # a board forgets it when it has begun

        self._started = True
        for group in self.groups:
            group.start(now)
        begin(self, now)

    def _open(self, now):
        """Open the slots that are due."""
        self._open_at = now + 60000
        for group in self.groups:
            if now >= group.due:
                group.open(now)
                self.store.grew(group)
            if group.due < self._open_at:
                self._open_at = group.due

    def _result(self, result, now):
        """The readings of a device: corrected, filtered, kept, judged."""
        device = result.device
        readings = result.readings
        group, filters, alarms = self.places[device.name]
        if device.driver.utc_ms is not None:
            self.learn_time(now, device.driver.utc_ms, SENSOR_TIME_MS, device.name)
        if self.quality is not None:
            readings = self.quality.judge(device.name, readings, now)
        for each in filters:
            readings = readings + [each.read(readings, now)]
        group.put(device, readings, result.raw)
        if not group.busy():
            self.store.grew(group)
            self._open_at = min(self._open_at, group.due)
        for alarm in alarms:
            for reading in readings:
                if reading.name == alarm.channel.name:
                    state = alarm.judge(reading, now)
                    if state is not None:
                        self.transition(alarm, state, reading, now)
        for watcher in self.watchers:
            watcher.judge(self, device.name, readings, now)

    def _hear(self, now):
        """What the platforms told, and ask for."""
        uplink = self.uplink
        if uplink.time is not None:
            at, utc_ms, uncertainty = uplink.time
            uplink.time = None
            self.learn_time(at, utc_ms, uncertainty, "platform")
            # An acknowledged frame is the proof that this software works.
            self.ports.journal.confirm()
        for uplink in self.uplinks:
            if uplink.orders or uplink.schemas_wanted or uplink.backlog.holes:
                from agent.asked import answer

                answer(self, uplink, now)
