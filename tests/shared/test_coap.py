"""CoAP messages and exchanges, byte by byte, on simulated time."""

from agent.errors import BadFrame
from agent.protocols import coap
from agent.protocols.coap_exchange import ANSWERED, FAILED, Exchanges, RoundTrip
from simulators.world.dice import Dice

# RFC 7252, Appendix A, figures 16 and 17.
FIGURES = (
    (
        b"\x40\x01\x7d\x34\xbbtemperature",
        (coap.CON, coap.GET, 0x7D34, b"", [(coap.URI_PATH, b"temperature")], b""),
    ),
    (b"\x60\x45\x7d\x34\xff22.3 C", (coap.ACK, 0x45, 0x7D34, b"", [], b"22.3 C")),
    (
        b"\x41\x01\x7d\x35\x20\xbbtemperature",
        (coap.CON, coap.GET, 0x7D35, b"\x20", [(coap.URI_PATH, b"temperature")], b""),
    ),
    (b"\x61\x45\x7d\x35\x20\xff22.3 C", (coap.ACK, 0x45, 0x7D35, b"\x20", [], b"22.3 C")),
)


def parts_of(message):
    """What a message is made of."""
    return (
        message.kind,
        message.code,
        message.mid,
        message.token,
        message.options,
        message.payload,
    )


def _malformed(data):
    try:
        coap.decode(data)
    except BadFrame:
        return True
    return False


def _refused(message):
    try:
        message.encode()
    except ValueError:
        return True
    return False


def test_figures_of_the_standard():
    for data, parts in FIGURES:
        assert coap.Message(*parts).encode() == data
        assert parts_of(coap.decode(data)) == parts


def test_option_numbers_and_lengths_at_their_edges():
    for number in (0, 12, 13, 268, 269, 65535):
        for size in (0, 12, 13, 268, 269, 1100):
            options = [(number, bytes(size)), (number, b"again")]
            data = coap.Message(coap.NON, coap.POST, 1, b"t", options, b"p").encode()
            assert parts_of(coap.decode(data)) == (coap.NON, coap.POST, 1, b"t", options, b"p")
    assert [coap.uint(number) for number in (0, 18, 255, 256, 65535)] == [
        b"",
        b"\x12",
        b"\xff",
        b"\x01\x00",
        b"\xff\xff",
    ]


def test_what_does_not_fit_is_not_encoded():
    assert _refused(coap.Message(coap.CON, coap.POST, 0x10000))
    assert _refused(coap.Message(coap.CON, coap.POST, 1, bytes(9)))
    assert _refused(coap.Message(coap.CON, coap.POST, 1, b"", [(12, b""), (11, b"")]))
    assert _refused(coap.Message(coap.CON, coap.POST, 1, b"", [(65536, b"")]))
    assert _refused(coap.Message(coap.CON, coap.POST, 1, b"", [(11, bytes(2000))]))
    assert _refused(coap.Message(coap.CON, coap.POST, 1, b"", [], bytes(1148)))
    assert len(coap.Message(coap.CON, coap.POST, 1, b"", [], bytes(1147)).encode()) == 1152


def test_malformed_messages_are_typed():
    for data in (
        b"",
        b"\x40\x01\x00",
        b"\x00\x01\x00\x00",  # version 0
        b"\x80\x01\x00\x00",  # version 2
        b"\x49\x01\x00\x00" + bytes(9),  # a token of nine bytes
        b"\x44\x01\x00\x00\x01",  # a token that is cut off
        b"\x40\x20\x00\x00",  # classes 1, 6, 7
        b"\x40\xc0\x00\x00",
        b"\x40\xe0\x00\x00",
        b"\x40\x00\x00\x00\xff",  # an empty message that is not
        b"\x41\x00\x00\x00\x01",
        b"\x40\x01\x00\x00\xff",  # a marker without a payload
        b"\x40\x01\x00\x00\xf0\x00",  # a reserved delta, and a reserved length
        b"\x40\x01\x00\x00\x0f",
        b"\x40\x01\x00\x00\xd0",  # extensions that are cut off
        b"\x40\x01\x00\x00\xe0\x00",
        b"\x40\x01\x00\x00\x0d",
        b"\x40\x01\x00\x00\x0e\x00",
        b"\x40\x01\x00\x00\x02a",  # a value that is cut off
        b"\x40\x01\x00\x00\xe0\xff\xff",  # an option number beyond 65535
        b"\x40\x01\x00\x00" + bytes(33),  # 33 options
    ):
        assert _malformed(data), data
    assert len(coap.decode(b"\x40\x01\x00\x00" + bytes(32)).options) == 32


def test_noise_gives_only_typed_errors():
    dice = Dice(7252)
    good = 0
    exchanges = Exchanges(Dice(1))
    for _ in range(3000):
        noise = bytearray(dice.take(dice.between(0, 24)))
        if noise and dice.chance(900):
            noise[0] = 0x40 | noise[0] & 0x33
        good += not _malformed(bytes(noise))
        exchanges.post("x", ("p",), 18, b"f", 0)
        request = coap.decode(exchanges.outbox[-1])
        noise[4:8] = request.token
        for event, detail in exchanges.receive(bytes(noise), 0):
            assert event in (ANSWERED, FAILED) and detail[0] == "x"
        exchanges.fail_all("next")
    assert 100 < good < 2500


# Exchanges.


def _post(exchanges, name="x", now=0):
    """Post, and return the request as the server sees it."""
    exchanges.outbox.clear()
    exchanges.post(name, ("pole", "p1", "1"), 18, b"frame", now)
    return coap.decode(exchanges.outbox.pop())


def _answer(request, kind=coap.ACK, code=0x44, mid=None, token=None, options=(), payload=b""):
    return coap.Message(
        kind,
        code,
        request.mid if mid is None else mid,
        request.token if token is None else token,
        options,
        payload,
    ).encode()


def _empty(kind, mid):
    return coap.Message(kind, coap.EMPTY, mid).encode()


def test_a_request_and_its_piggybacked_answer():
    exchanges = Exchanges(Dice(1), "platform.example")
    request = _post(exchanges)
    assert (request.kind, request.code, request.payload) == (coap.CON, coap.POST, b"frame")
    assert request.options == [
        (coap.URI_HOST, b"platform.example"),
        (coap.URI_PATH, b"pole"),
        (coap.URI_PATH, b"p1"),
        (coap.URI_PATH, b"1"),
        (coap.CONTENT_FORMAT, b"\x12"),
    ]
    assert len(request.token) == 4
    assert exchanges.outstanding() == 1
    reply = _answer(request, payload=b"ack")
    assert exchanges.receive(reply, 50) == [(ANSWERED, ("x", b"ack"))]
    assert exchanges.outstanding() == 0
    # Once more, and it is nobody's.
    assert exchanges.receive(reply, 60) == []
    assert exchanges.outbox == [] and exchanges.ignored == 1
    assert exchanges.tick(10**9) == []
    other = _post(exchanges)
    assert other.mid == request.mid + 1 and other.token != request.token


def test_repetitions_double_and_end():
    exchanges = Exchanges(Dice(2))
    exchanges.post("x", ("p",), 18, b"frame", 0)
    first = exchanges.outbox.pop()
    sent = []
    failed = None
    for now in range(0, 100000, 10):
        events = exchanges.tick(now)
        for datagram in exchanges.outbox:
            assert datagram == first
            sent.append(now)
        exchanges.outbox.clear()
        if events:
            failed = now
            assert events == [(FAILED, ("x", "no answer"))]
            break
    assert len(sent) == 4
    wait = sent[0]
    assert 2000 <= wait <= 3010
    for at in range(1, 4):
        assert abs(sent[at] - sent[at - 1] - wait * 2**at) <= 200
    assert abs(failed - sent[3] - wait * 16) <= 200
    assert exchanges.outstanding() == 0


def test_a_separate_answer():
    exchanges = Exchanges(Dice(3))
    request = _post(exchanges)
    assert exchanges.receive(_empty(coap.ACK, request.mid), 100) == []
    # Acknowledged: it is not repeated, and no longer counts against NSTART.
    assert exchanges.outstanding() == 0
    assert exchanges.tick(60000) == [] and exchanges.outbox == []
    reply = _answer(request, coap.CON, mid=0x1234, payload=b"late")
    assert exchanges.receive(reply, 70000) == [(ANSWERED, ("x", b"late"))]
    assert exchanges.outbox == [_empty(coap.ACK, 0x1234)]
    exchanges.outbox.clear()
    # Our acknowledgement was lost: the answer comes again, and is acknowledged again.
    assert exchanges.receive(reply, 71000) == []
    assert exchanges.outbox == [_empty(coap.ACK, 0x1234)]
    # The same answer as a NON, without any acknowledgement before it.
    request = _post(exchanges)
    assert exchanges.receive(_answer(request, coap.NON, mid=1), 1) == [(ANSWERED, ("x", b""))]
    assert exchanges.outbox == []
    # One that never comes.
    request = _post(exchanges, now=0)
    exchanges.receive(_empty(coap.ACK, request.mid), 100)
    exchanges.receive(_empty(coap.ACK, request.mid), 5000)  # a repetition changes nothing
    assert exchanges.tick(90099) == []
    assert exchanges.tick(90100) == [(FAILED, ("x", "no answer"))]


def test_strangers_are_rejected():
    exchanges = Exchanges(Dice(4))
    request = _post(exchanges)
    stranger = _answer(request, coap.CON, mid=7, token=b"????")
    assert exchanges.receive(stranger, 1) == []
    assert exchanges.outbox == [_empty(coap.RST, 7)]
    exchanges.outbox.clear()
    for quiet in (
        _answer(request, coap.NON, mid=7, token=b"????"),
        _answer(request, coap.ACK, mid=request.mid + 1 & 0xFFFF),  # another's message id
        _empty(coap.ACK, request.mid + 1 & 0xFFFF),
        b"garbage",
        b"",
    ):
        assert exchanges.receive(quiet, 1) == []
        assert exchanges.outbox == []
    assert exchanges.receive(_empty(coap.CON, 9), 1) == []  # a ping
    get = coap.Message(coap.CON, coap.GET, 10, b"t", [(coap.URI_PATH, b"x")]).encode()
    assert exchanges.receive(get, 1) == []
    assert exchanges.outbox == [_empty(coap.RST, 9), _empty(coap.RST, 10)]
    assert exchanges.outstanding() == 1
    assert exchanges.receive(_empty(coap.RST, request.mid), 1) == [
        (FAILED, ("x", "the server rejects the message"))
    ]


def _outcome(code=0x44, options=(), payload=b""):
    exchanges = Exchanges(Dice(5))
    request = _post(exchanges)
    events = exchanges.receive(_answer(request, code=code, options=options, payload=payload), 9)
    assert len(events) == 1 and exchanges.outstanding() == 0
    event, (name, detail) = events[0]
    assert name == "x"
    return event, detail


def test_answers_that_are_no_success():
    assert _outcome(code=0x41) == (ANSWERED, b"")
    assert _outcome(code=0x84) == (FAILED, "the server answers 4.04")
    assert _outcome(code=0xA3) == (FAILED, "the server answers 5.03")
    assert _outcome(code=0x5F) == (FAILED, "the server answers 2.31")  # Continue
    # One block that is the whole is fine, more of them are not.
    assert _outcome(options=[(coap.BLOCK2, b"\x06")], payload=b"all") == (ANSWERED, b"all")
    assert _outcome(options=[(coap.BLOCK2, b"\x0e")]) == (FAILED, "the server answers in blocks")
    assert _outcome(options=[(coap.BLOCK2, b"\x16")]) == (FAILED, "the server answers in blocks")
    assert _outcome(options=[(coap.BLOCK1, b"\x0e")]) == (FAILED, "the server answers in blocks")
    # Unknown options: elective ones (even) are skipped, critical ones are not.
    assert _outcome(options=[(coap.CONTENT_FORMAT, b"\x12"), (2048, b"?")])[0] == ANSWERED
    assert _outcome(options=[(9, b"?")]) == (FAILED, "the server answers with the unknown option 9")


def test_an_answer_beyond_a_datagram():
    exchanges = Exchanges(Dice(6))
    request = _post(exchanges)
    reply = _answer(request) + b"\xff" + bytes(65000)
    assert exchanges.receive(reply, 1) == [(FAILED, ("x", "the answer is too long"))]


def test_non_confirmable_requests_are_sent_once():
    exchanges = Exchanges(Dice(7))
    exchanges.post("x", ("p",), 63, b"frames", 0, confirmable=False)
    request = coap.decode(exchanges.outbox.pop())
    assert request.kind == coap.NON
    assert exchanges.receive(_answer(request, coap.NON, mid=1), 100) == [(ANSWERED, ("x", b""))]
    exchanges.post("y", ("p",), 63, b"frames", 0, confirmable=False)
    exchanges.outbox.clear()
    assert exchanges.tick(63000) == []
    assert exchanges.tick(97000) == [(FAILED, ("y", "no answer"))]
    assert exchanges.outbox == []


def test_many_at_once_and_none_is_lost():
    exchanges = Exchanges(Dice(8))
    requests = [_post(exchanges, number) for number in range(50)]
    assert len({request.token for request in requests}) == 50
    for number in range(0, 50, 2):
        events = exchanges.receive(_answer(requests[number]), 10)
        assert events == [(ANSWERED, (number, b""))]
    failed = [detail[0] for _, detail in exchanges.fail_all("the network is down")]
    assert sorted(failed) == list(range(1, 50, 2))
    assert exchanges.fail_all("again") == []


def _transmissions(rtt, loss, dice, count):
    """Messages sent for each of count exchanges over a network of that round trip."""
    exchanges = Exchanges(dice)
    sent = 0
    now = 0
    for _ in range(count):
        exchanges.post("x", ("p",), 18, b"frame", now)
        arrivals = []
        done = False
        while not done:
            for datagram in exchanges.outbox:
                sent += 1
                if not dice.chance(loss):
                    arrivals.append((now + rtt, _answer(coap.decode(datagram))))
            exchanges.outbox.clear()
            now += 50
            for at, reply in arrivals:
                if at <= now and not done:
                    done = bool(exchanges.receive(reply, now))
            done = done or bool(exchanges.tick(now))
    return sent * 100 // count, exchanges.round_trip.timeout


def test_the_time_out_learns_the_round_trip():
    # Percent of one message an exchange; the fixed time-out of 2 s sends 3.0 at 10 s.
    sent, timeout = _transmissions(10000, 0, Dice(9), 40)
    assert sent < 130 and 10000 < timeout < 25000
    sent, timeout = _transmissions(3000, 50, Dice(10), 60)
    assert sent < 130 and timeout < 12000
    # Fast networks keep the floor, and a loss does not frighten for long.
    sent, timeout = _transmissions(100, 0, Dice(11), 20)
    assert (sent, timeout) == (100, 2000)
    sent, timeout = _transmissions(100, 200, Dice(12), 100)
    assert sent < 140 and timeout < 4000


def test_the_time_out_stays_in_its_bounds():
    trip = RoundTrip()
    for _ in range(50):
        trip.sample(500000, 0)
    assert trip.timeout == 60000
    assert 60000 <= trip.jittered(Dice(1)) <= 90000
    trip.sample(500000, 3)  # nobody knows which message was answered
    for _ in range(200):
        trip.sample(1, 0)
    assert trip.timeout == 2000
