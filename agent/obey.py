"""What comes of an order: maintenance, and relays by hand from afar. Loaded with the first one.

The gate has proven the order, and remembered it, before it comes here: it is obeyed once or, where
the power goes in between, never. What is done is told by the records that tell it in any case, with
the name of whoever gave the order.
"""

from agent import frame, maintenance
from agent.downlink import NOT_ALLOWED

MAINTENANCE, RELAY = 1, 2  # verbs


def obey(agent, order, now):
    """Do what an agent.orders.Order says. One that cannot be done is counted as refused, and
    told."""
    done = False
    if order.kind == frame.COMMAND:
        verb = order.body.get(1)
        if verb == MAINTENANCE:
            done = _maintain(agent, order, now)
        elif verb == RELAY and agent.actuation is not None:
            done = _switch(agent, order, now)
    agent.log("order", "%s by %s" % ("obeyed" if done else "refused", order.by))
    if not done:
        refused = agent.uplink.gate.refused
        refused[NOT_ALLOWED] = refused.get(NOT_ALLOWED, 0) + 1


def _maintain(agent, order, now):
    """{2: for so many ms, 0 ends it, 3: why}"""
    for_ms, why = order.body.get(2), order.body.get(3, "")
    if not frame.is_uint(for_ms) or not isinstance(why, str):
        return False
    if for_ms:
        maintenance.begin(agent, now, for_ms, order.by, why)
    else:
        maintenance.end(agent, now, why or order.by)
    return True


def _switch(agent, order, now):
    """{2: device, 3: channel, 4: 0, 1, or null for as its alarms say, 5: for so many ms}"""
    value, for_ms = order.body.get(4), order.body.get(5, 0)
    if value not in (None, 0, 1) or not frame.is_uint(for_ms):
        return False
    device, channel = order.body.get(2), order.body.get(3)
    return agent.actuation.order(device, channel, value, now, for_ms, order.by)
