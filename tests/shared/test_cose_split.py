"""A sequence of frames is taken apart, and rubbish in it hurts nothing before it."""

from agent.errors import BadFrame
from agent.protocols import cose
from simulators.world.signer import DigestSigner


def _refused(call, data):
    try:
        call(data)
    except BadFrame:
        return True
    return False


def test_items_come_back_as_they_are():
    signer = DigestSigner(b"device")
    frames = [cose.sign1(bytes(size), signer) for size in (0, 1, 30, 300)]
    assert cose.split(b"".join(frames)) == frames
    assert cose.split(frames[2]) == [frames[2]]


def test_rubbish():
    whole = cose.sign1(b"payload", DigestSigner(b"device"))
    assert _refused(cose.split, b"")
    assert _refused(cose.split, b"\xff\xff")
    assert _refused(cose.split, whole[:-1])
    # Whole items before it are kept; the rest is one item that is no frame.
    for rest in (b"\xff\xff", whole[:-1]):
        assert cose.split(whole + rest) == [whole, rest]
        assert _refused(cose.parse1, rest)
    assert cose.split(b"\x01" + whole) == [b"\x01", whole]
