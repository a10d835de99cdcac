"""Points of the SM2 curve in plain integers: where there is no compiler for viper, and for the few
sums that ``sm2_viper`` cannot do. Jacobian coordinates; a point outside is (x, y).
"""

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF

_INFINITY = (0, 1, 0)
_UNSCALE = pow(1 << 256, P - 2, P)


def _double(point):
    """2 * point, for a = -3. z stays 0 at infinity."""
    x, y, z = point
    zz = z * z % P
    yy = y * y % P
    beta = x * yy % P
    alpha = 3 * (x - zz) * (x + zz) % P
    x3 = (alpha * alpha - 8 * beta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(point, x2, y2):
    """point + (x2, y2): Jacobian plus affine. Complete: any two points."""
    x1, y1, z1 = point
    if z1 == 0:
        return x2, y2, 1
    zz = z1 * z1 % P
    h = (x2 * zz - x1) % P
    r = (y2 * (zz * z1 % P) - y1) % P
    if h == 0:
        return _double(point) if r == 0 else _INFINITY
    hh = h * h % P
    hhh = h * hh % P
    v = x1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - y1 * hhh) % P, z1 * h % P


def _affine(point):
    """(x, y), or None at infinity."""
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, P - 2, P)
    square = inverse * inverse % P
    return x * square % P, y * square * inverse % P


def plus(one, other):
    """one + other; None at infinity."""
    return _affine(_add((one[0], one[1], 1), other[0], other[1]))


def doubled(point, times):
    """2**times * point."""
    point = (point[0], point[1], 1)
    for _ in range(times):
        point = _double(point)
    return _affine(point)


def _entry(table, at):
    """(x, y) of the 64 bytes at at."""
    x = int.from_bytes(table[at : at + 32], "little")
    y = int.from_bytes(table[at + 32 : at + 64], "little")
    return x * _UNSCALE % P, y * _UNSCALE % P


def _column(digits, first, step, teeth):
    """The bits at first, first + step, ..., so many as there are teeth, the first one lowest."""
    bits = 0
    for at in range(first + step * (teeth - 1), -1, -step):
        bits = bits << 1 | digits[at >> 3] >> (at & 7) & 1
    return bits


def total(terms):
    """(x, y) of the sum of k * point over terms (k, Comb of the point); None at infinity."""
    point = _INFINITY
    terms = [(k & 1, comb.digits(k), comb) for k, comb in terms]
    for at in range(max([term[2].span for term in terms]) - 1, -1, -1):
        point = _double(point)
        for odd, digits, comb in terms:
            if at >= comb.span:
                continue
            top = comb.teeth - 1
            for block in range(comb.blocks):
                bits = _column(digits, block * comb.span + at, comb.span * comb.blocks, comb.teeth)
                positive = bits >> top
                index = (bits ^ positive - 1) & (1 << top) - 1
                x, y = _entry(comb.table, (block << top) + index << 6)
                point = _add(point, x, P - y if positive ^ odd else y)
    return _affine(point)
