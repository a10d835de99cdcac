"""What a driver makes of captured bytes: exchanges that a person pastes, in any number."""

from typing import Any

from agent.drivers.ask import ModbusAsk
from agent.drivers.modbus import ModbusDevice
from agent.errors import WrongReply
from agent.protocols import modbus

Exchange = tuple[bytes, bytes]


def decode(driver: Any, requests: list[bytes], responses: list[bytes]) -> list[Any]:
    """The readings that the driver makes of exchanges. A Modbus reply needs its request; a table
    gives the readings that the exchanges cover. AgentError if the bytes are wrong."""
    if driver.protocol != "modbus":
        return _played(driver, responses)
    held = Held(list(zip(requests, responses, strict=True)))
    parts = getattr(driver, "parts", [driver])
    if not all(isinstance(part, ModbusDevice) and part.fields for part in parts):
        return _answered(driver, held)
    readings = [reading for part in parts for reading in _covered(part, held)]
    if not readings:
        raise WrongReply(f"{driver.model} has no channel in the registers of these requests")
    return readings


class Held:
    """What Modbus exchanges say of a device's registers and bits, each checked as a bus would."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self.places: dict[int, dict[int, int]] = {}  # function: {place: value}
        for request, response in exchanges:
            self._add(request, response)

    def _add(self, request: bytes, response: bytes) -> None:
        if len(request) != 8 or modbus.crc16(request):
            raise WrongReply("the request is no intact Modbus RTU read of 8 bytes")
        pdu = request[1:6]
        if not modbus.READ_COILS <= pdu[0] <= modbus.READ_INPUT:
            raise WrongReply("the request reads nothing: expected function 1 to 4")
        reply = reply_in(ModbusAsk(request[0], pdu, 0), response)
        start, count = _span(pdu)
        values = modbus.bits(reply, count) if pdu[0] < 3 else modbus.registers(reply)
        for index, value in enumerate(values):
            self.places.setdefault(pdu[0], {})[start + index] = value

    def answer(self, pdu: bytes) -> bytes | None:
        """The reply PDU to a read, or None where the exchanges do not cover it."""
        start, count = _span(pdu)
        known = self.places.get(pdu[0], {})
        if any(start + index not in known for index in range(count)):
            return None
        values = [known[start + index] for index in range(count)]
        if pdu[0] >= modbus.READ_HOLDING:
            data = b"".join(value.to_bytes(2, "big") for value in values)
        else:
            bits = sum(value << index for index, value in enumerate(values))
            data = bits.to_bytes((count + 7) // 8, "little")
        return bytes((pdu[0], len(data))) + data


def _span(pdu: bytes) -> tuple[int, int]:
    """(first place, count) of a read."""
    return pdu[1] << 8 | pdu[2], pdu[3] << 8 | pdu[4]


def reply_in(ask: Any, response: bytes) -> bytes:
    """The reply that ask's receiver finds in response. AgentError if there is none."""
    _, receiver = ask.open("rtu", 0)
    reply = receiver.feed(response)
    if reply is None:
        raise receiver.verdict()
    return bytes(reply)


def _played(driver: Any, responses: list[bytes]) -> list[Any]:
    """A serial driver: the responses answer its asks, one after another."""
    script = driver.read()
    ask = next(script)
    for response in responses:
        try:
            ask = script.send(reply_in(ask, response))
        except StopIteration as end:
            return list(end.value)
    raise WrongReply(f"{driver.model} asks more than {len(responses)} times: give every --response")


def _answered(driver: Any, held: Held) -> list[Any]:
    """A Modbus driver that asks step by step: each step is answered from what is held."""
    script = driver.read()
    ask = next(script)
    while True:
        reply = held.answer(ask.pdu)
        if reply is None:
            start, count = _span(ask.pdu)
            raise WrongReply(
                f"{driver.model} also needs 0x{start:04x} to 0x{start + count - 1:04x} by function "
                f"{ask.pdu[0]}, which the requests do not cover"
            )
        try:
            ask = script.send(reply)
        except StopIteration as end:
            return list(end.value)


def _covered(driver: ModbusDevice, held: Held) -> list[Any]:
    """A table: the readings of the fields that are held."""
    known = held.places.get(driver.table, {})
    covered = [
        field
        for field in driver.fields
        if all(field.at + index in known for index in range(field.words))
    ]
    words = dict.fromkeys(range(0x10000), 0) | known
    wanted = {field.channel.name for field in covered}
    if "distance" in wanted:
        wanted.add("level")  # which a driver makes of it
    return [reading for reading in driver.mean(words) if reading.name in wanted] if covered else []
