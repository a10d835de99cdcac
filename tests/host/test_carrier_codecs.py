"""Second opinions on the codecs: aiocoap reads our CoAP and we read its; paho reads our MQTT."""

import select
import socket
from typing import Any

import aiocoap
import paho.mqtt.client as paho
from aiocoap.numbers.optionnumbers import OptionNumber
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import AgentError
from agent.protocols import carriage, coap, mqtt
from agent.protocols.mqtt_session import Session
from tests.shared.test_coap import parts_of

CODES = [1, 2, 3, 4, 0x41, 0x44, 0x45, 0x80, 0x84, 0x8F, 0xA0, 0xA3]
# Options whose value is opaque to aiocoap, so that any bytes come back as they went in.
OPAQUE = [1, 4, 65000, 65003, 2050]

messages = st.builds(
    coap.Message,
    st.sampled_from([coap.CON, coap.NON, coap.ACK, coap.RST]),
    st.sampled_from(CODES),
    st.integers(0, 0xFFFF),
    st.binary(max_size=8),
    st.lists(st.tuples(st.sampled_from(OPAQUE), st.binary(max_size=300)), max_size=3).map(sorted),
    st.binary(max_size=100),
)


@given(messages)
def test_aiocoap_reads_ours(message: Any) -> None:
    theirs = aiocoap.Message.decode(message.encode())
    options = sorted((int(option.number), option.encode()) for option in theirs.opt.option_list())
    assert (int(theirs.mtype), int(theirs.code), theirs.mid) == parts_of(message)[:3]
    assert (theirs.token, options, theirs.payload) == (
        message.token,
        message.options,
        message.payload,
    )


@given(messages)
def test_we_read_ours(message: Any) -> None:
    assert parts_of(coap.decode(message.encode())) == parts_of(message)


@given(
    st.sampled_from(CODES),
    st.integers(0, 0xFFFF),
    st.binary(max_size=8),
    st.lists(st.text(max_size=40), max_size=4),
    st.none() | st.integers(0, 65535),
    st.none() | st.integers(0, 65535),
    st.binary(max_size=400),
)
def test_we_read_aiocoaps(
    code: int,
    mid: int,
    token: bytes,
    path: list[str],
    content: int | None,
    accept: int | None,
    payload: bytes,
) -> None:
    theirs = aiocoap.Message(
        code=aiocoap.Code(code), payload=payload, uri_path=path, _mid=mid, _token=token
    )
    theirs.mtype = aiocoap.CON
    if content is not None:
        theirs.opt.content_format = content
    if accept is not None:
        theirs.opt.accept = accept
    ours = coap.decode(theirs.encode())
    assert (ours.kind, ours.code, ours.mid, ours.token) == (coap.CON, code, mid, token)
    assert ours.payload == payload
    segments = [value.decode() for number, value in ours.options if number == coap.URI_PATH]
    assert segments == path
    numbers = dict(ours.options)
    for number, wanted in ((coap.CONTENT_FORMAT, content), (coap.ACCEPT, accept)):
        assert (number in numbers) == (wanted is not None)
        if wanted is not None:
            assert numbers[number] == coap.uint(wanted)
    assert OptionNumber.ACCEPT == coap.ACCEPT and OptionNumber.BLOCK2 == coap.BLOCK2


@given(st.integers(0, 255), st.sampled_from(CODES), st.binary(min_size=2, max_size=80))
def test_what_we_take_aiocoap_takes(first: int, code: int, rest: bytes) -> None:
    data = bytes((0x40 | first & 0x3F, code)) + rest
    try:
        message = coap.decode(data)
    except AgentError:
        return
    again = coap.Message(*parts_of(message)).encode()
    assert parts_of(coap.decode(again)) == parts_of(message)
    try:
        aiocoap.Message.decode(data)
    except UnicodeDecodeError:
        pass  # aiocoap also reads the text in options, which the codec leaves alone


def test_paho_writes_the_same_packets() -> None:
    device = "CD-JJ-0001·路灯"
    state, down = carriage.state_topic(device), carriage.down_topic(device)
    frames = [bytes(size) for size in (0, 1, 97, 98, 99, 128, 1000)]
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, device, clean_session=False)
    client.will_set(state, carriage.OFFLINE, qos=1, retain=True)
    client.username_pw_set("user", "pass:word")
    with socket.create_server(("127.0.0.1", 0)) as server:
        client.connect("127.0.0.1", server.getsockname()[1], keepalive=60)
        sock, _ = server.accept()
        with sock:
            sock.settimeout(10)
            client.loop_write()
            wanted = mqtt.connect(device, 60, state, carriage.OFFLINE, "user", "pass:word")
            assert _read(sock, len(wanted)) == wanted
            sock.sendall(b"\x20\x02\x00\x00")
            select.select([client.socket()], [], [], 10)
            client.loop_read()
            client.subscribe(down, qos=1)
            wanted = mqtt.subscribe(1, down)
            for at, frame in enumerate(frames):
                client.publish(carriage.up_topic(device, 1), frame, qos=1)
                wanted += mqtt.publish(carriage.up_topic(device, 1), 2 + at, frame)
            client.publish(state, carriage.ONLINE, qos=1, retain=True)
            wanted += mqtt.publish(state, 2 + len(frames), carriage.ONLINE, True)
            client.disconnect()
            wanted += mqtt.DISCONNECT
            client.loop_write()
            assert _read(sock, len(wanted)) == wanted


def _read(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        assert part, data
        data += part
    return data


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_mqtt_noise_gives_only_typed_errors(chunks: list[bytes]) -> None:
    session = Session("p1", None, None, 60000, 10)
    session.open(0)
    session.receive(b"\x20\x02\x00\x00", 0)
    session.offer(1, b"frame", 1, 0)
    try:
        for chunk in chunks:
            session.receive(chunk, 1)
    except AgentError:
        pass


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=6), st.data())
def test_mqtt_packets_are_the_same_in_any_chunks(payloads: list[bytes], data: Any) -> None:
    stream = b"".join(mqtt.publish("t", 1 + at, payloads[at]) for at in range(len(payloads)))
    whole = [packet.body for packet in mqtt.Decoder(64).feed(stream)]
    decoder = mqtt.Decoder(64)
    pieces = []
    rest = stream
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        pieces.extend(packet.body for packet in decoder.feed(rest[:cut]))
        rest = rest[cut:]
    assert pieces == whole and len(whole) == len(payloads)
