"""The SM2 field, and the comb over it, in machine code: for boards, by MicroPython's viper.

A number of the field is 16 limbs of 16 bits, lowest first, and 4 limbs of zeros that let a loop run
over the end; its value lies in 0 .. 2**256 - 1 and stands for value / 2**256 modulo p (Montgomery
form). The limbs are 16 bits wide because a board's registers have 32, and because p's powers are
multiples of 16 bits: p = 2**256 - 2**224 - 2**96 + 2**64 - 1. So -1/p is 1 modulo 2**64, and the
reduction is additions of shifted limbs, without a multiplication. No register overflows:

- a product's step: (c >> 16) + x * b[j] + t[j] is at most 2 (2**16 - 1) + (2**16 - 1)**2, which is
  2**32 - 1, the largest unsigned word;
- a square's doubling pass: less than 2**16 + 2 * 2**16 + 2**16;
- a column of the reduction: five limbs and a carry, less than 2**19 either way, signed;
- ``blend``: factors up to 8, less than 2**21 either way, signed.

``viper.py`` runs the same code under CPython on words of 32 bits and checks all that.

What runs here takes the same steps whatever the numbers are: no branch and no loop depends on them,
the inversion is Fermat's, by a fixed chain. What a step costs the interpreter around it, and which
table entry is read, is not hidden; who can measure that needs a secure element.
"""

from array import array

try:
    import micropython  # type: ignore[import-not-found]
except ImportError:
    from agent.protocols import viper as micropython
    from agent.protocols.viper import ptr8, ptr16, uint

COMPILED = not hasattr(micropython, "CHECKED")

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF

_LIMBS = 20


def _new(value=0):
    """A number of the field, as it stands (in no form)."""
    number = array("H", bytes(2 * _LIMBS))
    for i in range(16):
        number[i] = value >> 16 * i & 0xFFFF
    return number


def _value(number):
    return int.from_bytes(bytes(number)[:32], "little")


@micropython.viper  # type: ignore[untyped-decorator]
def multiply(c: uint, t: ptr16, r: ptr16, a: ptr16, b: ptr16):
    """r = a * b / 2**256. r may be a or b. t: 40 limbs to work in; c: 0.

    The first two are the variables that viper keeps in registers, which is why they come first.
    """
    start = uint(t)
    n = 32
    while n:
        n -= 1
        t[n] = 0
    if uint(a) == uint(b):
        # A square: every product of two limbs once ...
        t = ptr16(start + 2)
        n = 15
        while n:
            x = uint(a[0])
            a = ptr16(uint(a) + 2)
            b = a
            c = uint(0)
            i = (n + 3) >> 2
            while i:
                c = t[0] = (c >> 16) + x * b[0] + t[0]
                c = t[1] = (c >> 16) + x * b[1] + t[1]
                c = t[2] = (c >> 16) + x * b[2] + t[2]
                c = t[3] = (c >> 16) + x * b[3] + t[3]
                t = ptr16(uint(t) + 8)
                b = ptr16(uint(b) + 8)
                i -= 1
            t[0] = c >> 16
            t = ptr16(uint(t) + 4 - ((n + 3) >> 2 << 3))
            n -= 1
        # ... then all that twice, and the squares of the limbs.
        t = ptr16(start)
        a = ptr16(uint(a) - 30)
        c = uint(0)
        n = 16
        while n:
            x = uint(a[0])
            x = x * x
            c = t[0] = (c >> 16) + (t[0] << 1) + (x & 0xFFFF)
            c = t[1] = (c >> 16) + (t[1] << 1) + (x >> 16)
            t = ptr16(uint(t) + 4)
            a = ptr16(uint(a) + 2)
            n -= 1
    else:
        n = 16
        while n:
            x = uint(a[0])
            c = uint(0)
            c = t[0] = (c >> 16) + x * b[0] + t[0]
            c = t[1] = (c >> 16) + x * b[1] + t[1]
            c = t[2] = (c >> 16) + x * b[2] + t[2]
            c = t[3] = (c >> 16) + x * b[3] + t[3]
            c = t[4] = (c >> 16) + x * b[4] + t[4]
            c = t[5] = (c >> 16) + x * b[5] + t[5]
            c = t[6] = (c >> 16) + x * b[6] + t[6]
            c = t[7] = (c >> 16) + x * b[7] + t[7]
            c = t[8] = (c >> 16) + x * b[8] + t[8]
            c = t[9] = (c >> 16) + x * b[9] + t[9]
            c = t[10] = (c >> 16) + x * b[10] + t[10]
            c = t[11] = (c >> 16) + x * b[11] + t[11]
            c = t[12] = (c >> 16) + x * b[12] + t[12]
            c = t[13] = (c >> 16) + x * b[13] + t[13]
            c = t[14] = (c >> 16) + x * b[14] + t[14]
            c = t[15] = (c >> 16) + x * b[15] + t[15]
            t[16] = c >> 16
            t = ptr16(uint(t) + 2)
            a = ptr16(uint(a) + 2)
            n -= 1
    t = ptr16(start)
    # Limb k below 16 is made zero by adding p * limb * 2**(16 k), which adds the limb to others.
    d = t[0]
    d = t[1] = (d >> 16) + t[1]
    d = t[2] = (d >> 16) + t[2]
    d = t[3] = (d >> 16) + t[3]
    d = t[4] = (d >> 16) + t[4] + t[0]
    d = t[5] = (d >> 16) + t[5] + t[1]
    d = t[6] = (d >> 16) + t[6] + t[2] - t[0]
    d = t[7] = (d >> 16) + t[7] + t[3] - t[1]
    d = t[8] = (d >> 16) + t[8] + t[4] - t[2]
    d = t[9] = (d >> 16) + t[9] + t[5] - t[3]
    d = t[10] = (d >> 16) + t[10] + t[6] - t[4]
    d = t[11] = (d >> 16) + t[11] + t[7] - t[5]
    d = t[12] = (d >> 16) + t[12] + t[8] - t[6]
    d = t[13] = (d >> 16) + t[13] + t[9] - t[7]
    d = t[14] = (d >> 16) + t[14] + t[10] - t[8] - t[0]
    d = t[15] = (d >> 16) + t[15] + t[11] - t[9] - t[1]
    d = t[16] = (d >> 16) + t[16] + t[12] - t[10] - t[2] + t[0]
    d = t[17] = (d >> 16) + t[17] + t[13] - t[11] - t[3] + t[1]
    d = t[18] = (d >> 16) + t[18] + t[14] - t[12] - t[4] + t[2]
    d = t[19] = (d >> 16) + t[19] + t[15] - t[13] - t[5] + t[3]
    d = t[20] = (d >> 16) + t[20] - t[14] - t[6] + t[4]
    d = t[21] = (d >> 16) + t[21] - t[15] - t[7] + t[5]
    d = t[22] = (d >> 16) + t[22] - t[8] + t[6]
    d = t[23] = (d >> 16) + t[23] - t[9] + t[7]
    d = t[24] = (d >> 16) + t[24] - t[10] + t[8]
    d = t[25] = (d >> 16) + t[25] - t[11] + t[9]
    d = t[26] = (d >> 16) + t[26] - t[12] + t[10]
    d = t[27] = (d >> 16) + t[27] - t[13] + t[11]
    d = t[28] = (d >> 16) + t[28] - t[14] + t[12]
    d = t[29] = (d >> 16) + t[29] - t[15] + t[13]
    d = t[30] = (d >> 16) + t[30] + t[14]
    d = t[31] = (d >> 16) + t[31] + t[15]
    # 0 or 1 times 2**256 is left above: it comes back in, less p.
    d = d >> 16
    e = r[0] = t[16] + d
    e = r[1] = (e >> 16) + t[17]
    e = r[2] = (e >> 16) + t[18]
    e = r[3] = (e >> 16) + t[19]
    e = r[4] = (e >> 16) + t[20] - d
    e = r[5] = (e >> 16) + t[21]
    e = r[6] = (e >> 16) + t[22] + d
    e = r[7] = (e >> 16) + t[23]
    e = r[8] = (e >> 16) + t[24]
    e = r[9] = (e >> 16) + t[25]
    e = r[10] = (e >> 16) + t[26]
    e = r[11] = (e >> 16) + t[27]
    e = r[12] = (e >> 16) + t[28]
    e = r[13] = (e >> 16) + t[29]
    e = r[14] = (e >> 16) + t[30] + d
    e = r[15] = (e >> 16) + t[31]


@micropython.viper  # type: ignore[untyped-decorator]
def blend(c: int, r: ptr16, a: ptr16, m: int, b: ptr16, n: int):
    """r = m * a + n * b, m and n from -8 to 8. r may be a or b. c: 0."""
    i = 0
    while i < 16:
        c = r[i] = (c >> 16) + m * a[i] + n * b[i]
        i += 1
    # What lies above 2**256 comes back in, less p: up to 16 times, and then 1 or -1 or nothing.
    i = 2
    while i:
        d = c >> 16
        c = r[0] = r[0] + d
        c = r[1] = (c >> 16) + r[1]
        c = r[2] = (c >> 16) + r[2]
        c = r[3] = (c >> 16) + r[3]
        c = r[4] = (c >> 16) + r[4] - d
        c = r[5] = (c >> 16) + r[5]
        c = r[6] = (c >> 16) + r[6] + d
        c = r[7] = (c >> 16) + r[7]
        c = r[8] = (c >> 16) + r[8]
        c = r[9] = (c >> 16) + r[9]
        c = r[10] = (c >> 16) + r[10]
        c = r[11] = (c >> 16) + r[11]
        c = r[12] = (c >> 16) + r[12]
        c = r[13] = (c >> 16) + r[13]
        c = r[14] = (c >> 16) + r[14] + d
        c = r[15] = (c >> 16) + r[15]
        i -= 1


@micropython.viper  # type: ignore[untyped-decorator]
def fetch(x: ptr16, y: ptr16, table: ptr8, at: int):
    """x and y of the 64 bytes at at; a table in flash may begin at an odd address."""
    table = ptr8(uint(table) + at)
    i = 0
    while i < 16:
        x[i] = table[2 * i] | table[2 * i + 1] << 8
        y[i] = table[2 * i + 32] | table[2 * i + 33] << 8
        i += 1


@micropython.viper  # type: ignore[untyped-decorator]
def column(digits: ptr8, first: int, step: int, teeth: int) -> int:
    """The bits at first, first + step, ..., so many as there are teeth, the first one lowest."""
    at = first + step * teeth
    bits = 0
    while at > first:
        at -= step
        bits = bits << 1 | digits[at >> 3] >> (at & 7) & 1
    return bits


def _double(t, x, y, z, a, b, c, d):
    """(x, y, z) doubled in place: Jacobian coordinates, a = -3. 4 products, 4 squares."""
    mul, mix = multiply, blend
    mul(0, t, a, z, z)
    mul(0, t, b, y, y)
    mul(0, t, c, x, b)  # beta
    mul(0, t, z, y, z)
    mix(0, z, z, 1, z, 1)
    mix(0, d, x, 1, a, -1)
    mix(0, a, x, 3, a, 3)
    mul(0, t, a, a, d)  # alpha
    mul(0, t, x, a, a)
    mix(0, x, x, 1, c, -8)
    mix(0, c, c, 4, x, -1)
    mul(0, t, c, a, c)
    mul(0, t, b, b, b)
    mix(0, y, c, 1, b, -8)


def _add(t, x, y, z, a, b, c, d, x2, y2, sign):
    """(x, y, z) + (x2, sign * y2) in place: Jacobian plus affine, 8 products, 3 squares. The sum of
    a point with itself or its negative gets z = 0, and keeps it."""
    mul, mix = multiply, blend
    mul(0, t, a, z, z)
    mul(0, t, b, z, a)
    mul(0, t, b, b, y2)
    mul(0, t, a, a, x2)
    mix(0, a, a, 1, x, -1)  # h
    mix(0, b, b, sign, y, -1)  # r
    mul(0, t, z, z, a)
    mul(0, t, c, a, a)
    mul(0, t, d, c, x)  # v
    mul(0, t, c, c, a)  # h**3
    mul(0, t, x, b, b)
    mix(0, x, x, 1, c, -1)
    mix(0, x, x, 1, d, -2)
    mix(0, d, d, 1, x, -1)
    mul(0, t, d, d, b)
    mul(0, t, c, c, y)
    mix(0, y, d, 1, c, -1)


# p - 2 as a chain of steps (power, n, factor, target): numbers[target] becomes
# numbers[power]**(2**n) * numbers[factor]. Number 0 is what is to be inverted, 1 to 6 become powers
# of 2, 4, 8, 30, 32 ones, and the result:
# p - 2 = fffffffe ffffffff ffffffff ffffffff ffffffff 00000000 ffffffff fffffffd.
_CHAIN = (
    b"\x00\x01\x00\x01\x01\x02\x01\x02\x02\x04\x02\x03\x03\x08\x03\x06\x06\x08\x03\x06"
    b"\x06\x04\x02\x06\x06\x02\x01\x04\x04\x01\x00\x06\x06\x01\x00\x05\x06\x21\x05\x06"
    b"\x06\x20\x05\x06\x06\x20\x05\x06\x06\x20\x05\x06\x06\x40\x05\x06\x06\x1e\x04\x06"
    b"\x06\x02\x00\x06"
)


def _inverse(t, numbers):
    """numbers[6] = 1 / numbers[0], by Fermat: its power p - 2, in the same 254 squares and 16
    products for every number; 0 for 0. numbers[1:6] are worked in."""
    for at in range(0, len(_CHAIN), 4):
        power = numbers[_CHAIN[at]]
        factor = numbers[_CHAIN[at + 2]]
        target = numbers[_CHAIN[at + 3]]
        for _ in range(_CHAIN[at + 1]):
            multiply(0, t, target, power, power)
            power = target
        multiply(0, t, target, target, factor)


_WORK = [_new() for _ in range(9)]
_PRODUCT = array("H", bytes(80))
_ONE = _new((1 << 256) % P)
_PLAIN_ONE = _new(1)


def _inward(point):
    """A point (x, y) as two numbers in Montgomery form."""
    return _new((point[0] << 256) % P), _new((point[1] << 256) % P)


def _begin(x, y, z, x2, y2, sign):
    """(x, y, z) = (x2, sign * y2, 1)."""
    blend(0, x, x2, 1, x2, 0)
    blend(0, y, y2, sign, y2, 0)
    blend(0, z, _ONE, 1, _ONE, 0)


def _outward(t):
    """The point (x, y) of the Jacobian coordinates in _WORK; None where z is 0."""
    x, y, z, a = _WORK[:4]
    if not _value(z) % P:
        return None
    _inverse(t, _WORK[2:])
    z = _WORK[8]
    multiply(0, t, a, z, z)
    multiply(0, t, x, x, a)
    multiply(0, t, a, a, z)
    multiply(0, t, y, y, a)
    multiply(0, t, x, x, _PLAIN_ONE)
    multiply(0, t, y, y, _PLAIN_ONE)
    return _value(x) % P, _value(y) % P


def plus(one, other):
    """one + other. None at infinity, and for a point and itself."""
    x, y, z, a, b, c, d, _, _ = _WORK
    _begin(x, y, z, *_inward(one), 1)
    _add(_PRODUCT, x, y, z, a, b, c, d, *_inward(other), 1)
    return _outward(_PRODUCT)


def doubled(point, times):
    """2**times * point."""
    x, y, z, a, b, c, d, _, _ = _WORK
    _begin(x, y, z, *_inward(point), 1)
    for _ in range(times):
        _double(_PRODUCT, x, y, z, a, b, c, d)
    return _outward(_PRODUCT)


def total(terms):
    """(x, y) of the sum of k * point over terms (k, Comb of the point). None at infinity, and also
    where a point met itself on the way: then only plain integers can tell."""
    t = _PRODUCT
    x, y, z, a, b, c, d, x2, y2 = _WORK
    terms = [(k & 1, comb.digits(k), comb) for k, comb in terms]
    empty = True
    for at in range(max([term[2].span for term in terms]) - 1, -1, -1):
        if not empty:
            _double(t, x, y, z, a, b, c, d)
        for odd, digits, comb in terms:
            if at >= comb.span:
                continue
            step = comb.span * comb.blocks
            top = comb.teeth - 1
            for block in range(comb.blocks):
                bits = column(digits, block * comb.span + at, step, comb.teeth)
                positive = bits >> top
                index = (bits ^ positive - 1) & (1 << top) - 1
                fetch(x2, y2, comb.table, (block << top) + index << 6)
                sign = 1 - 2 * (positive ^ odd)
                if empty:
                    empty = False
                    _begin(x, y, z, x2, y2, sign)
                else:
                    _add(t, x, y, z, a, b, c, d, x2, y2, sign)
    return _outward(t)
