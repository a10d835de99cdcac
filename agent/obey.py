"""What comes of an order: maintenance, relays by hand from afar, drills, resets, settings. Loaded
with the first one.

The gate has proven the order, and remembered it, before it comes here: it is obeyed once or, where
the power goes in between, never. What is done is told by the records that tell it in any case, with
the name of whoever gave the order; whether it could be done, by a record of its own (settings have
theirs, see agent.settings_order).
"""

from agent import frame
from agent.errors import NOT_ALLOWED
from agent.orders import DRILL, MAINTENANCE, RELAY, RESET


def obey(agent, order, now) -> str:
    """Do what an agent.orders.Order says; "", or why not. One that cannot be done is counted as
    refused, and told."""
    trouble = _done(agent, order, now)
    agent.log("order", "%s by %s" % ("refused" if trouble else "obeyed", order.by))
    if trouble:
        refused = agent.uplink.gate.refused
        refused[NOT_ALLOWED] = refused.get(NOT_ALLOWED, 0) + 1
    if order.kind == frame.COMMAND:
        agent.tell(frame.OUTCOME, {1: order.count, 2: order.kid, 3: trouble}, now)
    # The holdings name the newest order: the platform sends the next one.
    agent.uplink.beacon_soon()
    return trouble


def _done(agent, order, now):
    if order.kind == frame.SETTINGS:
        try:
            from agent import settings_order

            return settings_order.take(agent, order, now)
        except MemoryError:
            return "no memory for it"
    verb = order.body.get(1)
    if verb == MAINTENANCE and _maintain(agent, order, now):
        return ""
    if verb == RELAY and agent.actuation is not None and _switch(agent, order, now):
        return ""
    if verb == DRILL:
        return _drill(agent, order, now)
    if verb == RESET:
        from agent import reset

        return reset.begin(agent, now, order.body.get(2), order.body.get(3), order.by)
    return "it cannot be done here"


def hand(agent, data, now) -> str:
    """Take an order that somebody brought here; in a word what came of it."""
    uplink = agent.uplink
    before = dict(uplink.gate.refused)
    told = uplink.gate.open(data, uplink.utc(now))
    if isinstance(told, frame.Acknowledgement):
        return "no order"
    if told is not None:
        trouble = obey(agent, told, now)
        return "refused: " + trouble if trouble else "taken"
    for reason in uplink.gate.refused:
        if uplink.gate.refused[reason] != before.get(reason, 0):
            return "refused: " + reason
    return "taken"


def _maintain(agent, order, now):
    """{2: for so many ms, 0 ends it, 3: why}"""
    from agent import maintenance

    for_ms, why = order.body.get(2), order.body.get(3, "")
    if not frame.is_uint(for_ms) or not isinstance(why, str):
        return False
    if for_ms:
        maintenance.begin(agent, now, for_ms, order.by, why)
    else:
        maintenance.end(agent, now, why or order.by)
    return True


def _drill(agent, order, now):
    """{2: device, 3: channel, 4: for so many ms, 0 ends the one that is on}"""
    from agent import drill

    for_ms = order.body.get(4)
    if not frame.is_uint(for_ms):
        return "it has no length"
    if for_ms:
        return drill.begin(agent, now, order.body.get(2), order.body.get(3), for_ms, order.by)
    drill.end(agent, now, drill.ENDED)
    return ""


def _switch(agent, order, now):
    """{2: device, 3: channel, 4: 0, 1, or null for as its alarms say, 5: for so many ms}"""
    value, for_ms = order.body.get(4), order.body.get(5, 0)
    if value not in (None, 0, 1) or not frame.is_uint(for_ms):
        return False
    device, channel = order.body.get(2), order.body.get(3)
    return agent.actuation.order(device, channel, value, now, for_ms, order.by)
