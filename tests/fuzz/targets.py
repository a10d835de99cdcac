"""What is fuzzed: every decoder that bytes of the outside reach.

A target takes any bytes, and raises only where the decoder does what it must not: any other error
than an AgentError, or a reading that is called good and lies out of its range.
"""

import binascii
from collections.abc import Callable
from typing import Any

from agent import drivers, frame, frame_reader, settings
from agent.drivers.ask import ModbusAsk
from agent.errors import AgentError
from agent.kit import safety
from agent.kit.traffic import take_apart
from agent.protocols import (
    cbor,
    cjt188,
    coap,
    cose,
    dlt645,
    hj212,
    modbus,
    modbus_tcp,
    mqtt,
    nmea,
    shdlc,
    sl651,
    varint_reader,
)
from agent.protocols.receiver import FixedReceiver
from simulators.world import driver_contract
from tests.host.kit_lines import parts_of

Target = Callable[[bytes], None]
_ASKS = 8  # of one reading
_LONGEST = 0x3FF  # bytes of one reply
_RAW, _SEALED = 0, 1  # what a driver's first byte chooses


class Wrong(AssertionError):
    """A decoder took bytes for what they are not."""


def _typed(decode: Callable[[bytes], Any]) -> Target:
    """A target from a decoder that may raise an AgentError and nothing else."""

    def target(data: bytes) -> None:
        try:
            decode(data)
        except AgentError:
            pass

    return target


def _frame(data: bytes) -> None:
    found = frame_reader.identify(data)
    if not found.undecoded and found.kind == frame.ROWS:
        assert len(found.columns) == len(found.qualities)


def _settings(data: bytes) -> None:
    settings.unpack(data + binascii.crc32(data).to_bytes(4, "big"))


def _mqtt(data: bytes) -> None:
    readers = {mqtt.CONNACK: mqtt.read_connack, mqtt.PUBLISH: mqtt.read_publish,
               mqtt.PUBACK: mqtt.read_puback, mqtt.SUBACK: mqtt.read_suback}  # fmt: skip
    for packet in mqtt.Decoder(64).feed(data):
        if packet.kind in readers:
            readers[packet.kind](packet)


def _modbus_tcp(data: bytes) -> None:
    """A reply may be anything, in two pieces; the header that is waited for stands before it."""
    request = modbus.read_request(modbus.READ_HOLDING, 0, 1 + len(data) % 4)
    receiver = modbus_tcp.TcpReceiver(7, 9, request)
    half = len(data) // 2
    for piece in (b"\x00\x07\x00\x00\x00", data[:half], data[half:]):
        if receiver.feed(piece) is not None:
            return
    raise receiver.verdict()


def _driver(model: str) -> Target:
    """A driver, asked for one reading; what its asks get is in the bytes: a length (two bytes) and
    so many bytes for each, as they are, or made whole by the checksum of the protocol."""
    parts = parts_of(model)
    options = [case[0] for case in parts.CASES]
    device = drivers.load(model)

    def target(data: bytes) -> None:
        if len(data) < 2:
            return
        driver = device(options[data[1] % len(options)])
        try:
            readings = _reading(driver, data[0] & 1, data[2:], parts)
        except AgentError:
            return
        wrong = driver_contract.judged(driver, readings)
        if wrong:
            raise Wrong(f"{model}: {wrong}")

    return target


def _reading(driver: Any, way: int, data: bytes, parts: Any) -> list[Any]:
    script = driver.read()
    try:
        ask = next(script)
        for _ in range(_ASKS):
            size = int.from_bytes(data[:2], "big") & _LONGEST
            piece, data = data[2 : 2 + size], data[2 + size :]
            receiver = ask.open("rtu", 0)[1]
            whole = sealed(ask, piece, parts) if way == _SEALED else None
            reply = receiver.feed(piece if whole is None else whole)
            if reply is None:
                raise receiver.verdict()
            ask = script.send(reply)
    except StopIteration as end:
        return list(end.value)
    finally:
        script.close()
    return []


def sealed(ask: Any, body: bytes, parts: Any) -> bytes | None:
    """An intact frame that answers ask, around body; None where nobody knows how to make one. A
    driver with a protocol of its own says it in ``sealed(ask, body)`` of its test file, parts."""
    if hasattr(parts, "sealed"):
        return bytes(parts.sealed(ask, body))
    if isinstance(ask, ModbusAsk):
        prefix, size = modbus.expected(ask.pdu)
        return modbus.rtu_frame(ask.unit, (prefix + body + bytes(size))[:size])
    receiver = ask.open("rtu", 0)[1]
    if isinstance(receiver, dlt645.MeterReceiver):
        data = receiver.data + body[:40]
        return dlt645.frame(receiver.meter, receiver.control | 0x80, data)
    if isinstance(receiver, cjt188.MeterReceiver):
        meter = bytes(7) if receiver.meter == cjt188.ANYONE else receiver.meter
        return cjt188.frame(receiver.type, meter, 0x81, receiver.data + body[:40])
    if isinstance(receiver, hj212.PacketReceiver):
        return hj212.packet(b"QN=20260101000000000;ST=22" + receiver.mark + body)
    if isinstance(receiver, sl651.ReportReceiver):
        return sl651.seal(bytes(8) + receiver.functions[:1], body)
    if isinstance(receiver, shdlc.ShdlcReceiver):
        return shdlc.pack(receiver.begin + bytes((0, len(body) & 0xFF)) + body)
    if isinstance(receiver, nmea.SentenceReceiver):
        text = "".join(chr(0x20 + byte % 0x5F) for byte in body).replace("*", ",")
        return b"".join(nmea.sentence(f"GN{kind},120000.00,{text}") for kind in receiver.wanted)
    return _fixed(receiver, body) if isinstance(receiver, FixedReceiver) else None


def _fixed(receiver: Any, body: bytes) -> bytes | None:
    """A frame of fixed size whose check is found by trying: a byte at its end, or a sum of 16."""
    frame = bytearray((receiver.start + body + bytes(receiver.size))[: receiver.size])
    for at in (-1, -2):
        kept = frame[at]
        for value in range(256):
            frame[at] = value
            if receiver.check(frame):
                return bytes(frame)
        frame[at] = kept
    frame[-2:] = sum(frame[:-2]).to_bytes(4, "big")[-2:]
    return bytes(frame) if receiver.check(frame) else None


_SOME_SETTINGS = {
    "pole": {"id": "P", "place": [1, 2]},
    "uplink": {"carrier": "coap", "url": "coap://h:1", "seal_ms": 1, "beacon_ms": 1,
               "retry_max_ms": 1, "platform_key": b"\x04"},
    "journal": {"size": 0},
    "lines": [{"name": "a", "port": "uart1", "mode": "9600 8N1", "devices": [
        {"name": "d", "driver": "nhzd210", "options": {"address": 1}, "every_ms": 1, "alarms": [
            {"channel": "c", "direction": 1, "limit": 1, "clear": 1, "for_ms": 1}]}]}],
}  # fmt: skip

TARGETS: dict[str, Target] = {
    "cbor": _typed(cbor.decode),
    "cose": _typed(cose.parse1),
    "sequence": _typed(lambda data: list(cose.split(data))),
    "varint": _typed(varint_reader.read_all),
    "frame": _typed(_frame),
    "downlink": _typed(frame.decode_downlink),
    "settings": _typed(settings.unpack),
    "settings-whole": _typed(_settings),
    "coap": _typed(coap.decode),
    "mqtt": _typed(_mqtt),
    "modbus-tcp": _typed(_modbus_tcp),
    "line-traffic": _typed(lambda data: (take_apart(data), list(safety.writes(data)))),
    **{f"driver-{model}": _driver(model) for model in drivers.models()},
}


def seeds(name: str) -> list[bytes]:
    """Inputs to begin with: what the driver's cases hold, as they are."""
    if name == "settings-whole":
        return [cbor.encode(_SOME_SETTINGS)]
    if not name.startswith("driver-"):
        return [b"", b"\xd2\x84\x43\xa1\x01\x26\xa0\x41\x00\x41\x00"]
    found = []
    for number, (_, replies, _) in enumerate(parts_of(name.removeprefix("driver-")).CASES):
        pieces = b"".join(len(reply).to_bytes(2, "big") + reply for reply in replies)
        found.append(bytes((_RAW, number)) + pieces)
    return found
