"""Settings that orders bring, in parts. Loaded with the first such order.

An order has room for less than 1 KB, so settings come in several: pole.toml as it is written for a
node, the compiled settings for a board. Each part says which settings they are to replace, and the
digest of the whole; nothing is judged before that fits. What is judged good is written down, with
the settings of before beside it, and applies at an orderly restart, on trial (the edge's store, see
agent.ports.SettingsStore). Who changed what is a signed record of the alarm lane.
"""

from agent import frame
from agent.errors import BadSettings
from agent.protocols.sm3 import digest

NUMBER, BASE, DIGEST, SIZE, OFFSET, PART = 1, 2, 3, 4, 5, 6  # of an order's body
REFUSED, TAKEN, KEPT, ROLLED_BACK = 0, 1, 2, 3  # what came of settings
MAX_PART = 640  # bytes; the order around them is another 250
MAX_TEXT = 120


def take(agent, order, now) -> str:
    """One part of new settings; with the last one they are judged, and restart the agent. "", or
    why it was not taken."""
    if agent.ports.settings is None or not _is_part(order.body):
        return "no settings that can be taken here"
    try:
        _put(agent, order, agent.ports.settings(), now)
        return ""
    except (BadSettings, OSError) as error:
        reason = "; ".join([str(each) for each in getattr(error, "mistakes", [])]) or str(error)
        agent.log("settings", "refused: %s" % reason)
        tell(agent, [REFUSED, agent.settings.hash, None] + _whose(order) + [reason], now)
        return reason


def _put(agent, order, store, now):
    body = order.body
    orders = agent.uplink.gate.orders
    if body[NUMBER] <= orders.settings_number:
        raise BadSettings(["newer settings came before"])
    if body[BASE] != agent.settings.hash:
        raise BadSettings(["they are to replace other settings than those in force"])
    size, so_far = body[SIZE], store.begun(body[DIGEST]) if body[OFFSET] else 0
    if body[OFFSET] != so_far or so_far + len(body[PART]) > size or size > store.limit:
        raise BadSettings(["a part is missing, or too much"])
    store.add(body[DIGEST], body[OFFSET], body[PART])
    if so_far + len(body[PART]) < size:
        return
    whole = store.whole()
    if digest(whole) != body[DIGEST]:
        raise BadSettings(["the parts are not what was sent"])
    changed = store.judge(whole, order.platform)
    if not orders.number_settings(body[NUMBER]):
        raise BadSettings(["their number cannot be remembered"])
    note = [agent.settings.hash, changed] + _whose(order)
    store.change(whole, note)
    tell(agent, [TAKEN] + note + [""], now)
    agent.restart = True


def _is_part(body):
    for key, size in ((BASE, 8), (DIGEST, 32)):
        if not isinstance(body.get(key), bytes) or len(body[key]) != size:
            return False
    for key in (NUMBER, SIZE, OFFSET):
        if not frame.is_uint(body.get(key)):
            return False
    return isinstance(body.get(PART), bytes) and 0 < len(body[PART]) <= MAX_PART


def _whose(order):
    return [order.body[NUMBER], order.by, order.kid]


def tell(agent, change, now):
    """The signed record of [what came of it, hash before, hash after, number, by whom, by which
    key, why]."""
    change[6] = change[6][:MAX_TEXT]
    agent.tell(frame.CHANGE, {key + 1: value for key, value in enumerate(change)}, now)
