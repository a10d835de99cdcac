"""What a pole tells of itself: its start, its status, its schemas, and what it has lost. Each seals
one record; OSError or JournalFull: it was not sealed.
"""

from agent import frame
from agent.errors import BadFrame
from agent.protocols import cose
from agent.reading import DIAGNOSTIC, LANES, TELEMETRY


def begin(agent, now):
    """Everything that a platform is told at a start."""
    put = agent.store.put
    put(now, boot, agent, now)
    put(now, status, agent, now)
    for group in agent.groups:
        put(now, schema, agent, group, now)
    for lane in LANES:
        told = []
        for uplink in agent.uplinks:
            for lost in agent.ports.journal.missing(lane, uplink.destination):
                if lost not in told:
                    put(now, gap, agent, lane, lost, now)
                    told.append(lost)


def boot(agent, now):
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


def status(agent, now):
    """Version, settings, and what is wrong with this pole."""
    ration, refused = agent.ration, agent.uplink.gate.refused
    body = {
        1: agent.version,
        2: agent.settings.hash,
        4: agent.reset_reason,
        5: agent.runtime,
        6: agent.settings.pole_id,
        7: agent.ports.carrier.name,
        8: agent.settings.beacon_ms,
        9: [ration.keep, ration.lowest, ration.reason],
    }
    if agent.upkeep.overdue:
        body[10] = agent.upkeep.overdue
    if refused:
        body[11] = [[reason, refused[reason]] for reason in sorted(refused)]
    agent.upkeep.told(agent, now)
    agent.sealer.record(DIAGNOSTIC, frame.STATUS, body, now)


def schema(agent, group, now):
    """What the rows of a group mean."""
    agent.sealer.record(TELEMETRY, frame.SCHEMA_FRAME, group.schema(), now)


def gap(agent, lane, lost, now):
    """Frames that are gone. lost: (first, last, reason, begin, end), as Journal.missing says it."""
    agent.log("gap", "lane %d, %d to %d: %s" % (lane, lost[0], lost[1], lost[2]))
    body = {1: lost[0], 2: lost[1], 3: lost[2], 4: lost[3], 5: lost[4]}
    agent.sealer.record(lane, frame.GAP, body, now)


def _last_row(data):
    """(time, time quality) of the last row in a frame of ours, or (None, None)."""
    try:
        return frame.last_row(cose.parse1(data).payload)
    except BadFrame:
        return None, None
