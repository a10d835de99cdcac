"""What survives a restart beside the frames: alarms that were raised, the data of the day, what is
left of a maintenance, the orders that came. One small record in the State port.
"""

from agent.frame import CLEARED
from agent.protocols import cbor
from agent.reading import ALARM


def keep(agent, now) -> bool:
    """Write it down; whether the storage took it."""
    # Written before an alarm is sealed, and told again where a restart came in between.
    latched = [
        [alarm.key(), alarm.state, int(alarm.raised)]
        for alarm in agent.alarms
        if alarm.state != CLEARED
    ]
    items = {1: latched, 3: agent.store.alarm_seq}
    if agent.maintenance is not None:
        items[4] = agent.maintenance.kept(now)
    ration = agent.ration
    if ration.budget and ration.day is not None:
        items[2] = [ration.day, ration.spent]
    gate = agent.uplink.gate
    if gate.newest or gate.orders is not None:
        items[5] = gate.kept()
    try:
        agent.ports.state.put(cbor.encode(items))
        return True
    except OSError as error:
        agent.log("storage", "alarm state not stored: %s" % error)
        return False


def restore(agent, now):
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
