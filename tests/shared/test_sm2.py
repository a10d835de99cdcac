"""SM3 and SM2 against the vectors of GB/T 32905, GB/T 32918.5, and what must be refused."""

from agent.errors import BadSignature
from agent.protocols import sm2, sm2_comb, sm2_plain, sm2_sign
from agent.protocols.sm3 import Hmac, digest

D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
Z = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
E = 0xF0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640
K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"
BASE = sm2.GX, sm2.GY
SIGNATURE = R.to_bytes(32, "big") + S.to_bytes(32, "big")


def refused(public, message, signature, user_id=sm2.DEFAULT_ID):
    try:
        sm2.verify(public, message, signature, user_id)
    except BadSignature:
        return True
    return False


def test_sm3_vectors():
    assert digest(b"abc").hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )
    assert digest(b"abcd" * 16).hex() == (
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )
    assert len({digest(bytes(size)) for size in range(130)}) == 130
    assert digest(bytearray(b"abc")) == digest(memoryview(b"abc")) == digest(b"abc")


def naive_hmac(key, data):
    """RFC 2104, 2, as it is written there."""
    key = (digest(key) if len(key) > 64 else key) + bytes(64)
    inner = digest(bytes([byte ^ 0x36 for byte in key[:64]]) + data)
    return digest(bytes([byte ^ 0x5C for byte in key[:64]]) + inner)


def test_hmac():
    for key in (b"", b"k" * 32, b"k" * 64, b"k" * 65, b"k" * 200):
        for data in (b"", b"m" * 55, b"m" * 56, b"m" * 64, b"m" * 500):
            assert Hmac(key).digest(data) == naive_hmac(key, data)


def test_the_standard_vector_step_by_step():
    assert sm2.public_key(D) == PUBLIC
    assert sm2.identity_hash(PUBLIC).hex() == Z
    assert int.from_bytes(digest(bytes.fromhex(Z) + MESSAGE), "big") == E
    assert sm2.SigningKey(D).with_nonce(E, K) == (R, S)
    sm2.verify(PUBLIC, MESSAGE, SIGNATURE)


def test_nonces_that_do_not_serve():
    key = sm2.SigningKey(D)
    for k in (0, -1, sm2.N, sm2.N + 1):
        try:
            key.with_nonce(E, k)
        except ValueError:
            continue
        raise AssertionError(k)
    x = naive_multiply(K, sm2.GX, sm2.GY)[0]
    assert key.with_nonce(-x, K) is None  # r = 0
    assert key.with_nonce(-x - K, K) is None  # r + k = n


def test_the_deterministic_nonce_without_entropy():
    # Regression vector: RFC 6979 with HMAC-SM3 over (d, e).
    expected = (
        "24858ee71d63e687feefe41f5af80a59f0791eb1dabc2bbe71daf0e57f06c367"
        "3d15550de52785a435004c937256ac715c0e04176ac57062c6722fa692f7a491"
    )
    assert sm2.sign(D, MESSAGE, b"").hex() == expected


def test_entropy_changes_the_nonce_and_the_message_does_too():
    first = sm2.sign(D, MESSAGE, b"one")
    assert first == sm2.sign(D, MESSAGE, b"one")
    assert first != sm2.sign(D, MESSAGE, b"two")
    assert first[:32] != sm2.sign(D, b"another", b"one")[:32]
    sm2.verify(PUBLIC, MESSAGE, first)


def test_nonces_follow_rfc_6979():
    # 3.2 with 3.6, step by step, for the first nonce and the two after it.
    seed = D.to_bytes(32, "big") + E.to_bytes(32, "big") + b"entropy"
    k, v = bytes(32), b"\x01" * 32
    k = naive_hmac(k, v + b"\x00" + seed)
    v = naive_hmac(k, v)
    k = naive_hmac(k, v + b"\x01" + seed)
    v = naive_hmac(k, v)
    nonces = sm2_sign._nonces(D, E, b"entropy")
    for _ in range(3):
        v = naive_hmac(k, v)
        assert next(nonces) == int.from_bytes(v, "big")
        k = naive_hmac(k, v + b"\x00")
        v = naive_hmac(k, v)


def test_what_is_altered_is_refused():
    n = sm2.N.to_bytes(32, "big")
    assert refused(PUBLIC, b"message digesT", SIGNATURE)
    assert refused(PUBLIC, MESSAGE, SIGNATURE, b"")
    assert refused(sm2.public_key(D + 1), MESSAGE, SIGNATURE)
    for at in (0, 31, 32, 63):
        altered = bytearray(SIGNATURE)
        altered[at] ^= 1
        assert refused(PUBLIC, MESSAGE, bytes(altered)), at
    for bad in (bytes(64), n + SIGNATURE[32:], SIGNATURE[:32] + n, SIGNATURE[:63], b""):
        assert refused(PUBLIC, MESSAGE, bad)
    for number in (0, sm2.N, sm2.N + 1, 2**256 - 1):
        bad = number.to_bytes(32, "big")
        assert refused(PUBLIC, MESSAGE, bad + SIGNATURE[32:])
        assert refused(PUBLIC, MESSAGE, SIGNATURE[:32] + bad)
    # r + s = n would make t zero.
    assert refused(PUBLIC, MESSAGE, SIGNATURE[:32] + (sm2.N - R).to_bytes(32, "big"))


def fits(e, r, s):
    """Whether (r, s) passes for e under D's key."""
    try:
        sm2.VerifyingKey(PUBLIC).check(e, r, s)
    except BadSignature:
        return False
    return True


def hash_for(r, s):
    """The e for which the equation of verification holds; None where it has no x."""
    g, public = (sm2.GX, sm2.GY), naive_multiply(D, sm2.GX, sm2.GY)
    t = (r + s) % sm2.N
    point = naive_add(naive_multiply(s, g[0], g[1]), naive_multiply(t, public[0], public[1]))
    return None if point is None else (r - point[0]) % sm2.N


def test_numbers_out_of_range_are_refused_even_where_they_would_fit():
    assert fits(hash_for(R, 5), R, 5)
    assert not fits(hash_for(R, 5), R, 5 + sm2.N)
    assert not fits(hash_for(R, 5), R, 5 - sm2.N)
    assert fits(hash_for(5, S), 5, S)
    assert not fits(hash_for(5, S), 5 + sm2.N, S)
    assert not fits(hash_for(R, 0), R, 0)
    assert not fits(hash_for(0, S), 0, S)
    # t = 0: the key would take no part in it.
    assert not fits(hash_for(R, sm2.N - R), R, sm2.N - R)
    # The sum is the point at infinity, which has no x.
    s = -R * D * pow(1 + D, sm2.N - 2, sm2.N) % sm2.N
    assert hash_for(R, s) is None
    assert not fits(R, R, s)


def no_key(public):
    try:
        sm2.VerifyingKey(public)
    except BadSignature:
        return True
    return False


def test_public_keys_that_are_no_point_are_refused():
    off = bytearray(PUBLIC)
    off[64] ^= 1
    for bad in (bytes(off), PUBLIC[1:], b"\x02" + PUBLIC[1:], PUBLIC + b"\x00", b""):
        assert no_key(bad)
    assert no_key(b"\x04" + bytes(64)) and no_key(b"\x04" + b"\xff" * 64)
    # A point with a small x: x + p names it too, and is refused for that.
    x = 0
    while True:
        right = (x * x * x + sm2.A * x + sm2.B) % sm2.P
        y = pow(right, (sm2.P + 1) // 4, sm2.P)
        if y * y % sm2.P == right:
            break
        x += 1
    last = y.to_bytes(32, "big")
    assert not no_key(b"\x04" + x.to_bytes(32, "big") + last)
    assert no_key(b"\x04" + (x + sm2.P).to_bytes(32, "big") + last)


def test_private_keys_out_of_range_are_refused():
    for d in (0, -1, sm2.N - 1, sm2.N):
        try:
            sm2.public_key(d)
        except ValueError:
            continue
        raise AssertionError(d)


def test_signatures_depend_on_the_user_id():
    signature = sm2.sign(D, MESSAGE, b"", b"ALICE123@YAHOO.COM")
    sm2.verify(PUBLIC, MESSAGE, signature, b"ALICE123@YAHOO.COM")
    assert refused(PUBLIC, MESSAGE, signature)


# A second, slow implementation: affine points, an inversion for each addition.


def naive_add(one, other):
    if one is None or other is None:
        return other if one is None else one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % sm2.P == 0:
        return None
    if x1 == x2:
        slope = (3 * x1 * x1 + sm2.A) * pow(2 * y1, sm2.P - 2, sm2.P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, sm2.P - 2, sm2.P)
    x = (slope * slope - x1 - x2) % sm2.P
    return x, (slope * (x1 - x) - y1) % sm2.P


def naive_multiply(k, x, y):
    result = None
    power = (x, y)
    while k:
        if k & 1:
            result = naive_add(result, power)
        power = naive_add(power, power)
        k >>= 1
    return result


def table_entry(table, at):
    """(x, y) of an entry: little-endian, in Montgomery form."""
    unscale = pow(1 << 256, sm2.P - 2, sm2.P)
    x = int.from_bytes(table[at : at + 32], "little")
    y = int.from_bytes(table[at + 32 : at + 64], "little")
    return x * unscale % sm2.P, y * unscale % sm2.P


def check_table(comb):
    """Each entry of a comb of the base point against the slow implementation."""
    assert len(comb.table) == comb.blocks << comb.teeth + 5
    at = 0
    for block in range(comb.blocks):
        teeth = []
        for tooth in range(comb.teeth):
            power = 1 << (tooth * comb.blocks + block) * comb.span
            teeth.append(naive_multiply(power, sm2.GX, sm2.GY))
        for index in range(1 << comb.teeth - 1):
            point = teeth[-1]
            for tooth in range(comb.teeth - 1):
                x, y = teeth[tooth]
                point = naive_add(point, (x, y if index >> tooth & 1 else sm2.P - y))
            assert table_entry(comb.table, at) == point, (block, index)
            at += 64


def test_the_comb_table_is_what_it_says():
    for teeth, blocks in ((2, 2), (4, 1)):
        check_table(sm2_comb.comb(BASE, teeth, blocks))


SCALARS = (1, 2, 3, 15, 1 << 64, (1 << 64) + 1, 1 << 255, K, sm2.N - 2, sm2.N - 1)


def test_multiples_of_the_base_point_by_every_table():
    points = [naive_multiply(k, sm2.GX, sm2.GY) for k in SCALARS]
    for teeth, blocks in ((2, 3), (5, 1)):
        comb = sm2_comb.comb(BASE, teeth, blocks)
        for k, point in zip(SCALARS, points):
            assert sm2_plain.total([(k, comb)]) == point, (teeth, blocks, k)
            assert sm2_sign.total([(k, comb)]) == point, (teeth, blocks, k)


def test_sums_of_two_multiples():
    x, y = naive_multiply(77, sm2.GX, sm2.GY)
    base = sm2_comb.comb(BASE, 4, 1)
    other = sm2_comb.comb((x, y), 3, 2)  # another shape: they share what doublings they can
    for k, m in ((1, 1), (2, 3), (K, 2), (3, K), (sm2.N - 1, 5)):
        expected = naive_multiply((k + 77 * m) % sm2.N, sm2.GX, sm2.GY)
        assert sm2_sign.total([(k, base), (m, other)]) == expected
        assert sm2_plain.total([(m, other), (k, base)]) == expected


def test_sums_that_meet_the_special_cases_of_addition():
    base = sm2_comb.comb(BASE, 4, 1)
    minus = sm2_comb.comb((sm2.GX, sm2.P - sm2.GY), 4, 1)
    # The same point twice is a doubling; a point and its negative are the point at infinity.
    twice = naive_multiply(2, sm2.GX, sm2.GY)
    assert sm2_sign.total([(1, base), (1, base)]) == twice
    assert sm2_sign.total([(K, base), (K, minus)]) is None
    # What follows infinity in the same column counts again.
    assert sm2_sign.total([(1, base), (1, minus), (1, base)]) == (sm2.GX, sm2.GY)
    assert sm2_plain._double((5, 7, 0))[2] == 0


def test_the_table_can_be_chosen():
    expected = sm2.sign(D, MESSAGE, b"")
    try:
        for kilobytes in (1, 4):
            sm2.use_table(kilobytes)
            assert len(sm2_sign.base_comb().table) == kilobytes << 10
            assert sm2.sign(D, MESSAGE, b"") == expected
    finally:
        sm2.use_table(sm2.DEFAULT_TABLE)


class Faulty:
    """Arithmetic with a bit that flips, as a glitch on the supply would flip it."""

    def total(self, terms):
        x, y = sm2_plain.total(terms)
        return x ^ (1 << 100 if len(terms) == 1 else 0), y


def test_a_signature_is_checked_before_it_is_given_out():
    key = sm2.SigningKey(D, check=sm2.VerifyingKey)
    assert key.sign(MESSAGE, b"") == sm2.sign(D, MESSAGE, b"")
    sound = sm2_sign.arithmetic
    sm2_sign.arithmetic = Faulty()
    try:
        key.sign(MESSAGE, b"")
    except BadSignature:
        return
    finally:
        sm2_sign.arithmetic = sound
    raise AssertionError("given out")


def test_keys_at_the_ends_of_the_range():
    for d in (1, 2, sm2.N - 2):
        public = sm2.public_key(d)
        sm2.verify(public, MESSAGE, sm2.sign(d, MESSAGE, b""))
