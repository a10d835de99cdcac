"""What a platform asks for beside frames: orders, schemas, and what became of frames that the
journal cannot give it. Loaded when it first does.
"""

from agent import records


def answer(agent, uplink, now):
    """Do it. What the storage does not take is told again once it does: a gap is never silent."""
    store = agent.store
    while uplink.orders:
        from agent.obey import obey

        obey(agent, uplink.orders.pop(0), now)
    while uplink.schemas_wanted:
        wanted = uplink.schemas_wanted.pop()
        for group in agent.groups:
            if group.schema_id == wanted:
                store.put(now, records.schema, agent, group, now)
    holes = uplink.backlog.holes
    while holes and store.ready(now):
        lane, first, last = holes[0]
        lost = (first, last, "not held", None, None)
        for known in agent.ports.journal.missing(lane, uplink.destination):
            if known[0] <= first <= known[1]:
                lost = (first, last) + known[2:]
        if not store.put(now, records.gap, agent, lane, lost, now):
            break
        holes.pop(0)
