"""OSCORE by the vectors of RFC 8613, appendix C, and AES-CCM by RFC 3610."""

from agent.errors import BadFrame, BadSignature
from agent.protocols import aes_ccm, coap, oscore
from tests.shared.aes_block import aes

SECRET = bytes(range(1, 17))
SALT = bytes.fromhex("9e7ca92223786340")
ID_CONTEXT = bytes.fromhex("37cbf3210017a2d3")


class Count:
    def __init__(self, start=20):
        self.next = start

    def take(self):
        self.next += 1
        return self.next - 1


def context(salt=SALT, sender=b"", recipient=b"\x01", id_context=None):
    return oscore.Context(SECRET, salt, sender, recipient, aes, Count(), id_context)


def protected(made, datagram):
    """The OSCORE message of a plain one, and what its response is bound to."""
    plain = coap.decode(bytes.fromhex(datagram))
    options, payload, bound = made.protect(plain.code, plain.options, plain.payload)
    message = coap.Message(plain.kind, coap.POST, plain.mid, plain.token, options, payload)
    return message.encode().hex(), bound


def test_keys_are_derived_as_in_c_1_to_c_3():
    made = context()
    assert made.sender_key.hex() == "f0910ed7295e6ad4b54fc793154302ff"
    assert made.recipient_key.hex() == "ffb14e093c94c9cac9471648b4f98710"
    assert made.common_iv.hex() == "4622d4dd6d944168eefb54987c"
    assert made.nonce(b"\0", b"\x01").hex() == "4722d4dd6d944169eefb54987c"
    made = context(b"", b"\0")
    assert made.sender_key.hex() == "321b26943253c7ffb6003b0b64d74041"
    assert made.recipient_key.hex() == "e57b5635815177cd679ab4bcec9d7dda"
    assert made.nonce(b"\0", b"\0").hex() == "bf35ae297d2dace910c52e99f9"
    made = context(id_context=ID_CONTEXT)
    assert made.sender_key.hex() == "af2a1300a5e95788b356336eeecd2b92"
    assert made.common_iv.hex() == "2ca58fb85ff1b81c0b7181b85e"


def test_requests_are_protected_as_in_c_4_to_c_6():
    found, _ = protected(context(), "44015d1f00003974396c6f63616c686f737483747631")
    assert found == ("44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e")
    found, _ = protected(context(b"", b"\0"), "440171c30000b932396c6f63616c686f737483747631")
    assert found == ("440271c30000b932396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0")
    made = context(id_context=ID_CONTEXT)
    found, _ = protected(made, "44012f8eef9bbf7a396c6f63616c686f737483747631")
    assert found == (
        "44022f8eef9bbf7a396c6f63616c686f73746b19140837cbf3210017a2d3ff72cd7273fd331ac45cffbe55c3"
    )


def test_responses_are_proven_as_in_c_7_and_c_8():
    for datagram in (
        "64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106",
        "64445d1f00003974920100ff4d4c13669384b67354b2b6175ff4b8658c666a6cf88e",
    ):
        made = context()
        _, bound = protected(made, "44015d1f00003974396c6f63616c686f737483747631")
        got = coap.decode(bytes.fromhex(datagram))
        code, options, payload = made.unprotect(bound, got.options, got.payload)
        assert (code, options, payload) == (0x45, [], b"Hello World!")


def test_a_response_that_was_changed_or_is_anothers_is_refused():
    made = context()
    _, bound = protected(made, "44015d1f00003974396c6f63616c686f737483747631")
    _, other = protected(made, "44015d1f00003974396c6f63616c686f737483747631")
    got = coap.decode(
        bytes.fromhex("64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106")
    )
    trials = [(other, got.options, got.payload), (bound, [], got.payload)]
    for at in range(len(got.payload)):
        data = bytearray(got.payload)
        data[at] ^= 1
        trials.append((bound, got.options, bytes(data)))
    for size in range(len(got.payload)):
        trials.append((bound, got.options, got.payload[:size]))
    for value in (b"\xe0", b"\x07", b"\x06" + bytes(6), b"\x02\x00"):
        trials.append((bound, [(oscore.OPTION, value)], got.payload))
    for trial in trials:
        try:
            made.unprotect(*trial)
        except (BadSignature, BadFrame):
            continue
        raise AssertionError("taken: %r" % (trial,))


def test_an_echo_goes_along_and_the_path_keeps_its_order():
    client, path = (
        context(),
        [(11, b"pole"), (11, b"p1"), (11, b"1"), (12, b"\x12"), (258, b"\x1a")],
    )
    client.echo = b"again"
    options, payload, bound = client.protect(coap.POST, path, b"x")
    plain = aes_ccm.unseal(aes(client.sender_key), bound[0], payload, bound[1])
    found, at = coap.decode_options(plain, 1)
    assert found == path[:4] + [(oscore.ECHO, b"again"), path[4]]
    assert plain[at:] == b"x" and [number for number, _ in options] == [oscore.OPTION]


def test_no_number_is_used_twice():
    made = context()
    seen = set()
    for _ in range(300):
        options, _, _ = made.protect(coap.POST, [], b"same")
        seen.add(options[0][1])
    assert len(seen) == 300


def test_ccm_by_packet_vector_1():
    """RFC 3610, section 8: the first packet vector, whose parameters are ours."""
    key = bytes(range(0xC0, 0xD0))
    nonce = bytes.fromhex("00000003020100a0a1a2a3a4a5")
    aad, plain = bytes(range(8)), bytes(range(8, 31))
    sealed = aes_ccm.seal(aes(key), nonce, plain, aad)
    assert sealed.hex() == "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0"
    assert aes_ccm.unseal(aes(key), nonce, sealed, aad) == plain


def test_ccm_of_every_size():
    key, nonce = bytes(16), bytes(13)
    for size in (0, 1, 15, 16, 17, 31, 32, 33, 1000):
        plain = bytes([at & 255 for at in range(size)])
        for aad in (b"", b"x", bytes(40)):
            sealed = aes_ccm.seal(aes(key), nonce, plain, aad)
            assert len(sealed) == size + aes_ccm.TAG_SIZE
            assert aes_ccm.unseal(aes(key), nonce, sealed, aad) == plain
