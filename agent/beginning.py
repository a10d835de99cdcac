"""The beginning of an agent's life: what it kept from the last one is taken up, and a platform is
told of the start. A board forgets this module behind its first step.
"""

from agent import frame, records
from agent.errors import BadFrame
from agent.protocols import cbor, cose, varint_reader
from agent.reading import ALARM, LANES, SYNCED, TELEMETRY


def begin(agent, now):
    """Do both, once."""
    _restore(agent, now)
    _tell(agent, now)


def _restore(agent, now):
    """Take up what was kept; an alarm that may not have been told is told again."""
    data = agent.ports.state.get()
    if data is None:
        return
    try:
        _take_up(agent, cbor.decode(data), now)
    except Exception as error:  # written by another version: no reason to stay down
        agent.log("storage", "alarm state unreadable: %r" % error)


def _take_up(agent, items, now):
    if 5 in items:
        agent.uplink.gate.restore(items[5])
    if 2 in items:
        agent.ration.day, agent.ration.spent = items[2]
    if 4 in items:
        from agent import maintenance

        maintenance.restore(agent, items[4], now)
    for alarm in agent.alarms:
        for part in items.get(1, []):
            if part[0] == alarm.key():
                alarm.restore(part[1], part[2], now)
    agent.store.alarm_seq = seq = items.get(3, 0)
    journal = agent.ports.journal
    if seq > journal.released(ALARM) and journal.read(ALARM, seq) is None:
        for alarm in agent.alarms:
            agent.transition(alarm, alarm.state, None, now)


def _tell(agent, now):
    """Everything that a platform is told at a start."""
    put = agent.store.put
    put(now, _boot, agent, now)
    put(now, records.status, agent, now)
    for group in agent.groups:
        put(now, records.schema, agent, group, now)
    for lane in LANES:
        told = []
        for uplink in agent.uplinks:
            for lost in agent.ports.journal.missing(lane, uplink.destination):
                if lost not in told:
                    put(now, records.gap, agent, lane, lost, now)
                    told.append(lost)


def _boot(agent, now):
    """What the last boot had sealed: from it the platform books the unsealed span."""
    journal = agent.ports.journal
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
    body = {1: agent.reset_reason, 2: ends}
    agent.sealer.record(TELEMETRY, frame.BOOT_RECORD, body, now)


def _last_row(data):
    """(time, time quality) of the last row in a frame of ours, or (None, None)."""
    try:
        return last_row(cose.parse1(data).payload)
    except BadFrame:
        return None, None


def last_row(data):
    """(time, time quality) of the last row in a payload of rows, or (None, None)."""
    items = cbor.decode(data)
    if items.get(frame.KIND, frame.ROWS) != frame.ROWS:
        return None, None
    time = items[frame.TIME]
    step = 0
    for change in varint_reader.read_all(items.get(frame.TIMES, b"")):
        step += change
        time += step
    return time, items.get(frame.TIME_QUALITY, SYNCED)
