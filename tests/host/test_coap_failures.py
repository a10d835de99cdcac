"""What goes wrong between a CoAP carrier and its server, on both edges."""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from typing import Any

import aiocoap
import pytest

from agent.errors import BadSettings
from agent.events import CARRIER_DOWN, CARRIER_FAILED, CARRIER_HOP, CARRIER_MESSAGE
from agent.linux import coap_link
from agent.protocols import carriage, coap
from tests.host.carrier_drive import COAP, close_at_any_moment, complaints, details, end, until, up
from tests.host.carrier_servers import CoapServer, now_ms, wait_for

edges = pytest.mark.parametrize("edge", sorted(COAP))
tidy = pytest.mark.filterwarnings("error")  # nothing left open for the garbage collector

Replies = Callable[[Any, int], list[bytes]]


class Script:
    """A UDP server that answers the n-th request with the datagrams of replies(request, n)."""

    def __init__(self, replies: Replies) -> None:
        self.replies = replies
        self.requests: list[Any] = []
        self.others: list[Any] = []
        self._end = False
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self._sock.settimeout(0.02)
        self.url = f"coap://127.0.0.1:{self._sock.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)  # a failure ends all
        self._thread.start()

    def _serve(self) -> None:
        with self._sock:
            while not self._end:
                try:
                    data, place = self._sock.recvfrom(2048)
                except TimeoutError:
                    continue
                message = coap.decode(data)
                if message.code != coap.POST:
                    self.others.append(message)
                    continue
                self.requests.append(message)
                for reply in self.replies(message, len(self.requests) - 1):
                    self._sock.sendto(reply, place)

    def stop(self) -> None:
        self._end = True
        self._thread.join()


def _answer(request: Any, code: int = 0x44, payload: bytes = b"", **fields: Any) -> bytes:
    kind = fields.get("kind", coap.ACK)
    token = fields.get("token", request.token)
    mid = fields.get("mid", request.mid)
    return coap.Message(kind, code, mid, token, fields.get("options", ()), payload).encode()


@edges
def test_garbage_before_the_answer_does_no_harm(edge: str) -> None:
    def replies(request: Any, _: int) -> list[bytes]:
        whole = _answer(request, payload=b"downlink")
        noise = [whole[:cut] for cut in (0, 1, 3, 5)]
        noise += [b"\xff" * 60, bytes(60), b"\x40\xe0\x00\x00", b"\x49" + whole[1:]]
        noise.append(_answer(request, token=b"else", kind=coap.NON))
        noise.append(_answer(request, mid=request.mid ^ 1, token=b"else"))
        return [*noise, whole, whole]

    async def scenario() -> None:
        script = Script(replies)
        carrier = COAP[edge](script.url, "p1")
        await up(carrier)
        for token in range(10):
            carrier.offer(1, b"frame", token)
        events = await until(carrier, lambda found: len(found) >= 20)
        assert details(events, CARRIER_HOP) == list(range(10))
        assert details(events, CARRIER_MESSAGE) == [b"downlink"] * 10
        assert len(script.requests) == 10
        await end(carrier)
        script.stop()

    asyncio.run(scenario())


@edges
@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (lambda request, _: [_answer(request, 0x84)], "4.04"),
        (lambda request, _: [_answer(request, 0xA3, b"busy")], "5.03"),
        (lambda request, _: [_answer(request, options=[(coap.BLOCK2, b"\x0e")])], "blocks"),
        (lambda request, _: [_answer(request, 0x5F, options=[(27, b"\x0e")])], "blocks"),
        (lambda request, _: [coap.Message(coap.RST, 0, request.mid).encode()], ""),
        (lambda request, _: [_answer(request) + b"\xff" + bytes(2000)], "too long"),
    ],
)
def test_answers_that_are_no_success(edge: str, reply: Replies, word: str) -> None:
    async def scenario() -> None:
        script = Script(reply)
        carrier = COAP[edge](script.url, "p1")
        await up(carrier)
        for token in range(5):
            carrier.offer(1, b"frame", token)
        events = await until(carrier, lambda found: details(found, CARRIER_DOWN))
        # Three in a row, and the server is given up; the other two are lost with it.
        assert [event for event, _ in events] == [CARRIER_FAILED] * 3 + [CARRIER_DOWN]
        assert details(events, CARRIER_FAILED) == [0, 1, 2]
        assert word in carrier.last_error and script.url[7:] in carrier.last_error
        assert carrier.room() == 0
        await end(carrier)
        script.stop()

    asyncio.run(scenario())


@edges
def test_one_success_forgives_two_failures(edge: str) -> None:
    async def scenario() -> None:
        script = Script(lambda request, n: [_answer(request, 0x44 if n % 3 == 2 else 0xA0)])
        carrier = COAP[edge](script.url, "p1")
        await up(carrier)
        for token in range(9):
            carrier.offer(1, b"frame", token)
        events = await until(carrier, lambda found: len(found) >= 9)
        assert details(events, CARRIER_HOP) == [2, 5, 8]
        assert details(events, CARRIER_FAILED) == [0, 1, 3, 4, 6, 7]
        assert carrier.room() == carriage.WINDOW
        await end(carrier)
        script.stop()

    asyncio.run(scenario())


@edges
def test_a_downlink_of_64_kb_is_refused(edge: str, coap_server: CoapServer) -> None:
    async def scenario() -> None:
        carrier = COAP[edge](coap_server.url, "p1")
        await up(carrier)
        coap_server.downlink("p1", bytes(65536))
        carrier.offer(1, b"frame", 1)
        assert await until(carrier, bool) == [(CARRIER_FAILED, 1)]
        assert "blocks" in carrier.last_error
        coap_server.downlink("p1", b"small")
        carrier.offer(1, b"frame", 2)
        events = await until(carrier, lambda found: len(found) >= 2)
        assert events == [(CARRIER_HOP, 2), (CARRIER_MESSAGE, b"small")]
        await end(carrier)

    asyncio.run(scenario())


@edges
def test_separate_answers_and_a_late_repetition(edge: str, coap_server: CoapServer) -> None:
    async def scenario() -> None:
        coap_server.delay = 0.3  # aiocoap acknowledges after 0.1 s, and answers in another message
        carrier = COAP[edge](coap_server.url, "p1")
        await up(carrier)
        coap_server.downlink("p1", b"late")
        carrier.offer(1, b"frame", 1)
        events = await until(carrier, lambda found: len(found) >= 2)
        assert events == [(CARRIER_HOP, 1), (CARRIER_MESSAGE, b"late")]
        assert coap_server.received("p1") == [(1, b"frame")]
        await end(carrier)

    asyncio.run(scenario())


@edges
def test_alarms_overtake_what_waits(edge: str, coap_server: CoapServer) -> None:
    async def scenario() -> None:
        coap_server.delay = 0.05
        carrier = COAP[edge](coap_server.url, "p1")
        await up(carrier)
        for token in range(6):
            carrier.offer(1, b"%d" % token, token)
        carrier.offer(2, b"diagnostic", 6)
        carrier.offer(0, b"alarm", 7)
        await until(carrier, lambda found: len(found) >= 8)
        frames = [frame for _, frame in coap_server.received("p1")]
        assert frames == [b"0", b"alarm", b"1", b"2", b"3", b"4", b"5", b"diagnostic"]
        await end(carrier)

    asyncio.run(scenario())


def test_a_board_repeats_what_is_lost() -> None:
    """On a clock of its own, so that nobody waits for the time-outs, and nothing is late."""

    async def scenario() -> None:
        script = Script(lambda request, n: [_answer(request)] if n % 3 == 2 else [])
        carrier = COAP["board"](script.url, "p1")
        await up(carrier)
        time = now_ms()
        events: list[tuple[int, Any]] = []
        sent: list[bytes] = []
        put = carrier._put
        carrier._put = lambda datagram: (sent.append(datagram), put(datagram))

        def clock() -> int:
            """It stands still while a datagram is under way, either way."""
            nonlocal time
            if len(script.requests) == len(sent) and len(sent) // 3 == len(events):
                time += 500
            return time

        for token in range(3):
            carrier.offer(1, b"%d" % token, token)
        await until(carrier, lambda found: len(found) >= 3, events, clock)
        assert events == [(CARRIER_HOP, 0), (CARRIER_HOP, 1), (CARRIER_HOP, 2)]
        assert [request.payload for request in script.requests] == [
            b"0", b"0", b"0", b"1", b"1", b"1", b"2", b"2", b"2",
        ]  # fmt: skip
        assert len({request.mid for request in script.requests}) == 3
        await end(carrier)
        script.stop()

    asyncio.run(scenario())


@edges
def test_separate_answers_are_acknowledged_each_time(edge: str) -> None:
    def replies(request: Any, n: int) -> list[bytes]:
        separate = _answer(request, kind=coap.CON, mid=77 + n)
        return [coap.Message(coap.ACK, 0, request.mid).encode(), separate]

    async def scenario() -> None:
        script = Script(replies)
        carrier = COAP[edge](script.url, "p1")
        await up(carrier)
        carrier.offer(1, b"frame", 1)
        await until(carrier, lambda found: found == [(CARRIER_HOP, 1)])
        await until(carrier, lambda _: script.others)
        assert (script.others[0].kind, script.others[0].code) == (coap.ACK, coap.EMPTY)
        assert script.others[0].mid == 77
        await end(carrier)
        script.stop()

    asyncio.run(scenario())


@edges
def test_a_name_goes_into_uri_host(edge: str) -> None:
    async def scenario() -> None:
        script = Script(lambda request, _: [_answer(request)])
        for host, wanted in (("localhost", [b"localhost"]), ("127.0.0.1", [])):
            carrier = COAP[edge](script.url.replace("127.0.0.1", host), "p1")
            await up(carrier)
            carrier.offer(1, b"frame", 1)
            await until(carrier, lambda found: found == [(CARRIER_HOP, 1)])
            request = script.requests[-1]
            assert [value for number, value in request.options if number == 3] == wanted
            await end(carrier)
        script.stop()

    if socket.getaddrinfo("localhost", 80)[0][4][0] != "127.0.0.1":
        pytest.skip("localhost is no IPv4 address here")
    asyncio.run(scenario())


@edges
def test_a_name_that_nobody_knows(edge: str) -> None:
    async def scenario() -> None:
        carrier = COAP[edge]("coap://nowhere.invalid", "p1")
        carrier.connect(now_ms())
        events = await until(carrier, bool)
        assert [event for event, _ in events] == [CARRIER_DOWN]
        await end(carrier)

    asyncio.run(scenario())


def test_the_systems_word_is_told_without_its_number() -> None:
    refused = OSError(errno.ECONNREFUSED, "Connection refused (received through errqueue)")
    wrapped = aiocoap.error.NetworkError()
    wrapped.__cause__ = refused
    assert coap_link._text(wrapped) == coap_link._text(refused) == "Connection refused"
    assert coap_link._text(TimeoutError()) == "TimeoutError"
    assert coap_link._text(ValueError("odd")) == "odd"


def test_other_addresses_are_bad_settings() -> None:
    for edge, url in (("board", "mqtt://a"), ("linux", "mqtt://a"), ("linux", "coaps://a")):
        with pytest.raises(BadSettings):
            COAP[edge](url, "p1")


@tidy
@edges
def test_closing_at_any_moment_leaves_nothing(
    edge: str, coap_server: CoapServer, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(close_at_any_moment(lambda: COAP[edge](coap_server.url, "p1")), debug=True)
    assert complaints(caplog) == []


@tidy
def test_closing_does_not_wait_for_an_answer() -> None:
    async def scenario() -> None:
        script = Script(lambda request, _: [coap.Message(coap.ACK, 0, request.mid).encode()])
        carrier = COAP["linux"](script.url, "p1")
        await up(carrier)
        carrier.offer(1, b"frame", 1)
        await until(carrier, lambda _: script.requests)
        await asyncio.wait_for(end(carrier), 60)
        script.stop()

    asyncio.run(scenario())


@tidy
@edges
def test_what_does_not_ask_waits_for_nothing(
    edge: str, coap_server: CoapServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        carrier = COAP[edge](coap_server.url, "p1")
        await up(carrier)
        for token in range(50):
            carrier.offer(1, b"quiet %d" % token, token, False)
            await asyncio.sleep(0)
        await asyncio.to_thread(wait_for, lambda: coap_server.quiet >= 40, "the quiet ones")
        if edge == "linux":
            tokens = carrier._link._context.result().request_interfaces[0]
            assert tokens.outgoing_requests == {}
        else:
            assert carrier.exchanges.outstanding() == carrier.exchanges.ignored == 0
        assert carrier.poll(now_ms()) == [] and carrier.room() == carriage.WINDOW
        await end(carrier)

    asyncio.run(scenario())
    assert complaints(caplog) == []


@edges
def test_a_quiet_message_on_the_wire_and_an_answer_nobody_wanted(edge: str) -> None:
    """NON, option 258 with 26; a server that answers all the same is ignored."""
    script = Script(lambda request, n: [coap.Message(coap.NON, 0x44, 7, request.token).encode()])

    async def scenario() -> None:
        carrier = COAP[edge](script.url, "p1")
        await up(carrier)
        carrier.offer(1, b"quiet", 1, False)
        await asyncio.to_thread(wait_for, lambda: script.requests, "the request")
        request = script.requests[0]
        assert (request.kind, request.payload) == (coap.NON, b"quiet")
        assert (coap.NO_RESPONSE, b"\x1a") in request.options
        carrier.offer(1, b"asks", 2)
        await until(carrier, lambda found: found == [(CARRIER_HOP, 2)])
        await end(carrier)

    asyncio.run(scenario())
    script.stop()


def test_codes_are_aiocoaps() -> None:
    assert int(aiocoap.POST) == coap.POST and int(aiocoap.CONTINUE) == coap.CONTINUE
