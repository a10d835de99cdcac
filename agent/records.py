"""What a pole tells of itself: its status, its schemas, and what it has lost (agent.beginning: its
start). Each seals one record; OSError or JournalFull: it was not sealed.
"""

from agent import frame
from agent.reading import ALARM, TELEMETRY


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
    for bus in agent.buses:
        if bus.skipped:
            body.setdefault(12, []).append([bus.name, bus.skipped])
            agent.log("line", "%s cannot keep up, skipped: %d" % (bus.name, bus.skipped))
    agent.upkeep.told(agent, now)
    # On the lowest lane that is sent: what a budget holds back is known while it does.
    if ration.lowest == ALARM:
        agent.tell(frame.STATUS, body, now)
    else:
        agent.sealer.record(ration.lowest, frame.STATUS, body, now)


def schema(agent, group, now):
    """What the rows of a group mean."""
    agent.sealer.record(TELEMETRY, frame.SCHEMA_FRAME, group.schema(), now)


def gap(agent, lane, lost, now):
    """Frames that are gone. lost: (first, last, reason, begin, end), as Journal.missing says it."""
    agent.log("gap", "lane %d, %d to %d: %s" % (lane, lost[0], lost[1], lost[2]))
    body = {1: lost[0], 2: lost[1], 3: lost[2], 4: lost[3], 5: lost[4]}
    agent.sealer.record(lane, frame.GAP, body, now)
