"""What every Line does, as checks that run against any of them with something at the far end.

A check is a generator: each yield lets a little time pass, however the caller does that. It is
given a new far end, which has ``line`` (closed), ``now()`` and ``patience`` in ms, ``send(data)``
onto the wire, ``received()`` (all that came off it so far, as if by a slow reader), ``pull()`` (the
cable, the connection) and ``restore()``.
"""

MODE = "115200 8N1"
EVERY_BYTE = bytes(range(256))


def _until(far, wanted):
    """Let time pass until wanted() is true; returns what it was."""
    end = far.now() + far.patience
    while True:
        found = wanted()
        if found:
            return found
        assert far.now() < end, "waited in vain"
        yield


def _hear(far, data):
    """Read until so many bytes came; they must be data."""
    heard = bytearray()

    def enough():
        heard.extend(far.line.read())
        return len(heard) >= len(data)

    yield from _until(far, enough)
    assert bytes(heard) == data, heard


def _arrive(far, data):
    """Wait until data, and nothing else, arrived at the far end. Reading sends what is left."""

    def enough():
        assert far.line.read() == b""
        return len(far.received()) >= len(data)

    yield from _until(far, enough)
    assert far.received() == data, far.received()
    yield from _until(far, lambda: not far.line.wants_write())


def _failure(action, *arguments):
    """The OSError that an action ends in, or None. Its sentence is for a person."""
    try:
        action(*arguments)
    except OSError as error:
        assert len(error.args) == 2 and error.args[0] > 0, error.args
        assert len(error.args[1]) > 10, error.args
        return error
    return None


def refuses_while_closed(far):
    line = far.line
    line.close()
    assert _failure(line.read) and _failure(line.write, b"x")
    line.open(MODE)
    line.close()
    line.close()
    assert _failure(line.read) and _failure(line.write, b"x")
    yield


def refuses_a_mode_that_is_none(far):
    for mode in ("", "9600", "9600 8X1", "fast 8N1", "9600 8N1 "):
        assert _failure(far.line.open, mode)
        assert _failure(far.line.read)
    far.line.open(MODE)
    yield


def carries_every_byte(far):
    """As it is, in order, both ways: no line end and no control character is touched."""
    assert far.line.framing in ("rtu", "tcp")
    far.line.open(MODE)
    assert far.line.read() == b""
    far.line.write(EVERY_BYTE)
    yield from _arrive(far, EVERY_BYTE)
    far.send(EVERY_BYTE)
    yield from _hear(far, EVERY_BYTE)
    assert far.line.read() == b""


def drops_nothing_for_a_slow_reader(far):
    far.line.open(MODE)
    for _ in range(24):
        far.line.write(EVERY_BYTE)
    yield from _arrive(far, EVERY_BYTE * 24)


def starts_afresh_when_opened_again(far):
    far.line.open("9600 8N1")
    far.send(b"old")
    end = far.now() + 20
    while far.now() < end:
        yield
    far.line.open(MODE)
    far.line.write(b"x")
    yield from _arrive(far, b"x")
    far.send(b"new")
    yield from _hear(far, b"new")


def _stands(far):
    """Open, and see whether it stays open; whether it did."""
    if _failure(far.line.open, MODE):
        return False
    end = far.now() + 50
    while far.now() < end:
        if _failure(far.line.read):
            return False
        yield
    return True


def says_when_the_far_end_goes_and_comes_back(far):
    line = far.line
    line.open(MODE)
    line.write(b"before")
    yield from _arrive(far, b"before")
    far.pull()
    yield from _until(far, lambda: _failure(line.write, b"x") or _failure(line.read))
    line.close()
    assert not (yield from _stands(far))
    line.close()
    far.restore()
    end = far.now() + far.patience
    while not (yield from _stands(far)):
        assert far.now() < end, "waited in vain"
        yield
    far.send(b"after")
    yield from _hear(far, b"after")


CHECKS = (
    ("refuses_while_closed", refuses_while_closed),
    ("refuses_a_mode_that_is_none", refuses_a_mode_that_is_none),
    ("carries_every_byte", carries_every_byte),
    ("drops_nothing_for_a_slow_reader", drops_nothing_for_a_slow_reader),
    ("starts_afresh_when_opened_again", starts_afresh_when_opened_again),
    ("says_when_the_far_end_goes_and_comes_back", says_when_the_far_end_goes_and_comes_back),
)
