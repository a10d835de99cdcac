"""What every Carrier does, as checks that run against any of them with a server at the far end.

A check is a generator: each yield lets a little time pass, however the caller does that. The far
end has ``carrier(device)`` (a new one), ``now()`` and ``patience`` in ms, ``received(device)`` (a
list of (lane, frame)), ``downlink(device, data)`` (sent at once, or with the next answer),
``stop()`` and ``start()``, and ``keeps_sessions``.
"""

from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)
from agent.protocols import carriage


def _until(far, carrier, events, wanted):
    """Poll until wanted(events); the events since the call are in events."""
    end = far.now() + far.patience
    while True:
        events.extend(carrier.poll(far.now()))
        if wanted(events):
            return
        assert far.now() < end, "waited in vain: %r %s" % (events, carrier.last_error)
        yield


def _details(events, kind):
    return [detail for event, detail in events if event == kind]


def _up(far, carrier):
    """Connect; returns the detail of CARRIER_UP, and what came right after it."""
    events = []
    carrier.connect(far.now())
    yield from _until(far, carrier, events, lambda found: found)
    event, detail = events.pop(0)
    assert event == CARRIER_UP, (event, detail)
    return detail, events


def _hop(far, carrier, frames):
    """Offer [(lane, frame)] in turn, wait until each has hopped; returns the events."""
    events = []
    for token in range(len(frames)):
        if carrier.room() == 0:
            yield from _until(far, carrier, events, lambda found: carrier.room() > 0)
        carrier.offer(frames[token][0], frames[token][1], token)
    yield from _until(
        far, carrier, events, lambda found: len(_details(found, CARRIER_HOP)) >= len(frames)
    )
    assert sorted(_details(events, CARRIER_HOP)) == list(range(len(frames))), events
    return events


def _received(far, device, wanted):
    """What arrived once wanted did: beyond a broker that is a little after the hop."""
    end = far.now() + far.patience
    while True:
        frames = far.received(device)
        missing = [frame for frame in wanted if frame not in frames]
        if not missing:
            return frames
        assert far.now() < end, "%d frames did not arrive" % len(missing)
        yield


def _refused(carrier, lane, frame):
    try:
        carrier.offer(lane, frame, 99)
    except ValueError:
        return True
    return False


def check_connect(far):
    """Nothing goes before CARRIER_UP; the first one tells of a server without our session."""
    carrier = far.carrier("connect")
    assert carrier.name in ("mqtt", "coap", "simulated")
    assert carrier.poll(far.now()) == []
    assert carrier.room() == 0
    assert _refused(carrier, 1, b"early")
    assert (yield from _up(far, carrier)) == (True, [])
    assert carrier.room() == carriage.WINDOW


def check_hop(far):
    """Frames arrive as they are, on their lane, and in order within it."""
    carrier = far.carrier("hop")
    yield from _up(far, carrier)
    frames = [(at % 3, bytes((at,)) * (1 + at * 37)) for at in range(25)]
    frames.append((1, bytes(range(250)) * 4))
    yield from _hop(far, carrier, frames)
    received = yield from _received(far, "hop", frames)
    for lane in range(3):
        assert [part for part in received if part[0] == lane] == [
            part for part in frames if part[0] == lane
        ]
    assert carrier.room() == carriage.WINDOW


def check_window(far):
    """The window is a limit, and what is too long or too much is refused without harm."""
    carrier = far.carrier("window")
    yield from _up(far, carrier)
    assert _refused(carrier, 1, b"")
    assert _refused(carrier, 1, bytes(max(carriage.MAX_FRAME, carrier.limit) + 1))
    assert carrier.room() == carriage.WINDOW
    for token in range(carriage.WINDOW):
        assert carrier.room() == carriage.WINDOW - token
        carrier.offer(2, b"w%d" % token, token)
    assert carrier.room() == 0
    assert _refused(carrier, 2, b"beyond")
    events = []
    yield from _until(far, carrier, events, lambda found: carrier.room() == carriage.WINDOW)
    assert sorted(_details(events, CARRIER_HOP)) == list(range(carriage.WINDOW))
    sent = [(2, b"w%d" % token) for token in range(carriage.WINDOW)]
    assert (yield from _received(far, "window", sent)) == sent


def check_unasked(far):
    """Offers that ask nothing arrive too. Without ``confirms`` they take no room and end in no
    event; an alarm that asks is not kept behind them."""
    carrier = far.carrier("unasked")
    yield from _up(far, carrier)
    offers = 3 if carrier.confirms else 20
    for token in range(offers):
        carrier.offer(1, b"q%d" % token, token, False)
    if not carrier.confirms:
        assert carrier.room() == carriage.WINDOW
    carrier.offer(0, b"alarm", 77, True)
    events = []
    wanted = offers + 1 if carrier.confirms else 1
    yield from _until(far, carrier, events, lambda found: len(found) >= wanted)
    quiet = list(range(offers)) if carrier.confirms else []
    assert sorted(_details(events, CARRIER_HOP)) == quiet + [77], events
    yield from _received(far, "unasked", [(1, b"q%d" % token) for token in range(offers)])
    assert carrier.poll(far.now()) == []
    assert carrier.room() == carriage.WINDOW


def check_sequence(far):
    """Several frames in one offer arrive as they are."""
    carrier = far.carrier("sequence")
    yield from _up(far, carrier)
    sequence = b"\xd2\x80" * 2
    yield from _hop(far, carrier, [(1, sequence)])
    yield from _received(far, "sequence", [(1, sequence)])


def check_downlink(far):
    """Downlinks come as they are, up to the longest."""
    carrier = far.carrier("downlink")
    yield from _up(far, carrier)
    for data in (b"\x00", bytes(range(256)) * 4):
        far.downlink("downlink", data)
        events = yield from _hop(far, carrier, [(1, b"ask")])
        yield from _until(far, carrier, events, lambda found: _details(found, CARRIER_MESSAGE))
        assert _details(events, CARRIER_MESSAGE) == [data]


def check_close(far):
    """After close nothing is heard of what was out, and the carrier can connect again."""
    carrier = far.carrier("close")
    yield from _up(far, carrier)
    yield from _hop(far, carrier, [(1, b"one")])
    carrier.offer(1, b"two", 7)
    carrier.close()
    carrier.close()
    assert carrier.room() == 0
    assert carrier.poll(far.now()) == []
    if far.keeps_sessions:
        far.downlink("close", b"kept")
    new_session, events = yield from _up(far, carrier)
    assert new_session is not far.keeps_sessions
    events.extend((yield from _hop(far, carrier, [(1, b"three")])))
    if far.keeps_sessions:
        yield from _until(far, carrier, events, lambda found: _details(found, CARRIER_MESSAGE))
        assert _details(events, CARRIER_MESSAGE) == [b"kept"]
    assert (yield from _received(far, "close", [(1, b"three")]))[0] == (1, b"one")


def _down(far, carrier, token, offered):
    """Offer what there is room for until CARRIER_DOWN; every token ends exactly once."""
    end = far.now() + far.patience
    events = []
    while not _details(events, CARRIER_DOWN):
        if carrier.room() > 0 and len(offered) < 40:
            offered.append(token)
            carrier.offer(1, b"in vain %d" % token, token)
            token += 1
        events.extend(carrier.poll(far.now()))
        assert far.now() < end, "waited in vain: %r" % events
        yield
    assert events[-1][0] == CARRIER_DOWN, events
    reason = events[-1][1]
    assert isinstance(reason, str) and reason and reason == carrier.last_error
    assert carrier.room() == 0 and _refused(carrier, 1, b"late")
    assert carrier.poll(far.now()) == []
    ended = _details(events, CARRIER_HOP) + _details(events, CARRIER_FAILED)
    assert len(ended) == len(set(ended))
    for one in ended:
        assert one in offered
    return events


def check_absent(far):
    """A server that is not there brings CARRIER_DOWN; once it is there, all is well."""
    far.stop()
    carrier = far.carrier("absent")
    carrier.connect(far.now())
    yield from _down(far, carrier, 100, [])
    far.start()
    yield from _up(far, carrier)
    yield from _hop(far, carrier, [(0, b"at last")])
    yield from _received(far, "absent", [(0, b"at last")])


def check_vanish(far):
    """A server that goes away with frames out brings CARRIER_DOWN, and may return."""
    carrier = far.carrier("vanish")
    yield from _up(far, carrier)
    yield from _hop(far, carrier, [(1, b"before")])
    yield from _received(far, "vanish", [(1, b"before")])
    far.stop()
    carrier.offer(1, b"lost", 50)
    events = yield from _down(far, carrier, 51, [50])
    assert _details(events, CARRIER_HOP) == []
    far.start()
    yield from _up(far, carrier)
    yield from _hop(far, carrier, [(1, b"lost"), (1, b"after")])
    frames = yield from _received(far, "vanish", [(1, b"lost"), (1, b"after")])
    assert frames[0] == (1, b"before") and frames[-1] == (1, b"after")


CHECKS = (
    check_connect,
    check_hop,
    check_window,
    check_unasked,
    check_sequence,
    check_downlink,
    check_close,
    check_absent,
    check_vanish,
)
