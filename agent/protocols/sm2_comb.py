"""Tables of combs made (see agent.protocols.sm2_curve): those of public keys, and the base point's
where an image brings none. A board forgets this module behind its start.
"""

from agent.protocols.sm2_curve import GX, GY, Comb, P, arithmetic, base

# The table of the base point: KB to (teeth, blocks). Twice the KB save about a tenth of the time.
TABLES = {1: (5, 1), 2: (6, 1), 4: (7, 1), 8: (8, 1), 16: (8, 2)}


def use_table(kilobytes):
    """Have the base point's table in this size (a key of TABLES), from now on and for all keys."""
    if not base or len(base[0].table) != kilobytes << 10:
        base[:] = [comb((GX, GY), *TABLES[kilobytes])]


def comb(point, teeth, blocks) -> "Comb":
    """The Comb of a point (x, y)."""
    made = Comb(bytearray(blocks << teeth + 5), teeth, blocks)
    at = 0
    for _ in range(blocks):
        for entry in _entries(point, teeth, made.span * blocks):
            for coordinate in entry:
                made.table[at : at + 32] = ((coordinate << 256) % P).to_bytes(32, "little")
                at += 32
        point = arithmetic.doubled(point, made.span)
    return made


def _entries(point, teeth, spacing):
    """One block: bit t of an entry's number says whether the tooth t is added or taken away; the
    topmost tooth is always added. No sum meets a point and itself: the multiples of the point that
    meet are the same for every point, and tests have them all."""
    plus, doubled = arithmetic.plus, arithmetic.doubled
    steps = []  # twice each tooth but the topmost: what an entry gains when its bit is set
    first = None
    for _ in range(teeth - 1):
        x, y = point
        first = (x, P - y) if first is None else plus(first, (x, P - y))
        steps.append(doubled(point, 1))
        point = doubled(steps[-1], spacing - 1)
    entries = [plus(first, point)]
    for step in steps:
        entries.extend([plus(entry, step) for entry in entries])
    return entries
