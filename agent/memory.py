"""What survives a restart beside the frames: alarms that were raised, the data of the day, what is
left of a maintenance, the orders that came. One small record in the State port, which
agent.beginning takes up.
"""

from agent.frame import CLEARED
from agent.protocols import cbor


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
