"""Modbus master, RTU and TCP: requests out, replies in. No I/O and no clock.

Source: MODBUS Application Protocol Specification V1.1b3 (function codes 6.1 to 6.6, exceptions 7),
MODBUS over Serial Line V1.02 (2.5.1, CRC-16), MODBUS Messaging on TCP/IP V1.0b (3.1.3, header).

A reply is accepted only if unit, function **and** length are those of the request, and for a write
also the echoed address and value. Every other intact frame is counted, and waiting goes on.
"""

from array import array

from agent.errors import BadChecksum, NoReply, Refused, WrongReply
from agent.protocols.receiver import Receiver

READ_COILS, READ_DISCRETE, READ_HOLDING, READ_INPUT, WRITE_COIL, WRITE_REGISTER = range(1, 7)
EXCEPTION = 0x80
MAX_REGISTERS = 125
MAX_BITS = 2000

# Specification V1.1b3, clause 7.
EXCEPTION_NAMES = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}


def _table():
    table = array("H")
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ 0xA001 if number & 1 else number >> 1
        table.append(number)
    return table


_CRC = _table()


def crc16(data) -> int:
    """CRC-16/MODBUS, 0..65535. Over a frame with its own CRC (low byte first) it is 0."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


def read_request(function, address, count) -> bytes:
    """The PDU that reads count coils, inputs or registers from address (zero-based)."""
    most = MAX_REGISTERS if function in (READ_HOLDING, READ_INPUT) else MAX_BITS
    if not READ_COILS <= function <= READ_INPUT or not 1 <= count <= most:
        raise ValueError("no such read")
    return _pdu(function, address, count)


def write_register(address, value) -> bytes:
    """The PDU that writes value 0..65535 to one holding register."""
    return _pdu(WRITE_REGISTER, address, value)


def write_coil(address, on) -> bytes:
    """The PDU that switches one coil."""
    return _pdu(WRITE_COIL, address, 0xFF00 if on else 0)


def _pdu(function, address, value):
    if not 0 <= address <= 0xFFFF or not 0 <= value <= 0xFFFF:
        raise ValueError("an address or value beyond 16 bits")
    return bytes((function, address >> 8, address & 0xFF, value >> 8, value & 0xFF))


def rtu_frame(unit, pdu) -> bytes:
    """pdu with its unit before and its CRC behind."""
    frame = bytes((unit,)) + pdu
    crc = crc16(frame)
    return frame + bytes((crc & 0xFF, crc >> 8))


def tcp_frame(transaction, unit, pdu) -> bytes:
    """pdu behind its MBAP header. transaction 0..65535."""
    size = len(pdu) + 1
    return bytes((transaction >> 8, transaction & 0xFF, 0, 0, size >> 8, size & 0xFF, unit)) + pdu


def registers(reply) -> "list[int]":
    """The 16-bit registers in the reply PDU of a read of registers."""
    return [reply[at] << 8 | reply[at + 1] for at in range(2, len(reply) - 1, 2)]


def _expected(request):
    """How the PDU of the reply begins, and its size."""
    function = request[0]
    if function >= WRITE_COIL:
        return request, len(request)
    count = request[3] << 8 | request[4]
    size = count * 2 if function >= READ_HOLDING else (count + 7) // 8
    return bytes((function, size)), 2 + size


class _ModbusReceiver(Receiver):
    """What RTU and TCP have in common. around: how many bytes of a frame stand around its PDU."""

    def __init__(self, unit, request, sent, around, header, refusal):
        self.unit = unit
        self.request = request
        self.prefix, self.pdu_size = _expected(request)
        super().__init__(self.pdu_size + around, sent, (header + self.prefix, refusal))

    def _judge(self, pdu):
        if len(pdu) == 2 and pdu[0] == self.request[0] | EXCEPTION:
            code = pdu[1]
            name = EXCEPTION_NAMES.get(code, "a code of its own")
            raise Refused("unit %d refused: exception %d, %s" % (self.unit, code, name), code)
        if len(pdu) == self.pdu_size and pdu.startswith(self.prefix):
            return pdu
        return None

    def verdict(self):
        """NoReply, BadChecksum or WrongReply: what came instead of the reply, and what to check."""
        if self.foreign:
            other = self._unit_of(self.stranger)
            if other != self.unit:
                return WrongReply(
                    "unit %d did not answer, but unit %d did: check the addresses, and that "
                    "nobody else asks on this line" % (self.unit, other)
                )
            return WrongReply(
                "unit %d answered something else than was asked: a late reply, or another model "
                "than the settings say" % self.unit
            )
        if self.damaged or self.buffer:
            return BadChecksum(self._damage % (self.unit, self.damaged + len(self.buffer)))
        if self.echoes:
            return NoReply(
                "unit %d is silent: only the own request came back, as an echo of the adapter; "
                "check the device's power and wiring" % self.unit
            )
        return NoReply(self._silence % self.unit)


class RtuReceiver(_ModbusReceiver):
    """Waits on a serial line for unit's reply to request (a PDU).

    echo: whether this line is known to give back what is sent (``echoes`` of a read before tells);
    only then is the first copy of a write taken for the echo, not for the reply.
    """

    _silence = (
        "unit %d did not answer: check its power and its address, and the speed and mode of the "
        "line"
    )
    _damage = (
        "from unit %d came no intact reply, but %d damaged bytes: check the cable, the shield and "
        "the termination, and that no two devices have one address"
    )

    def __init__(self, unit, request, echo=False):
        header = bytes((unit,))
        refusal = bytes((unit, request[0] | EXCEPTION))
        super().__init__(unit, request, rtu_frame(unit, request), 3, header, refusal)
        # The reply to a write looks like its echo; the reply to a read never does.
        self._skip = echo if request[0] >= WRITE_COIL else True
        if echo and request[0] >= WRITE_COIL:
            # Looking ahead could not tell the two copies apart.
            self.headers = (refusal,)

    def _frame(self, at):
        buffer = self.buffer
        left = len(buffer) - at
        if left < 3:
            return None
        function = buffer[at + 1]
        other = 8  # a request, or the reply to a write
        if function & EXCEPTION:
            size = other = 5
        elif READ_COILS <= function <= READ_INPUT:
            size = 5 + buffer[at + 2]
        elif function in (WRITE_COIL, WRITE_REGISTER):
            size = 8
        elif function in (15, 16):
            # Another master writes several coils or registers.
            if left < 7:
                return None
            size = 9 + buffer[at + 6]
        else:
            return 0
        undecided = False
        for length in (size, other):
            if length > 256:
                continue
            if left < length:
                undecided = True
            elif crc16(buffer[at : at + length]) == 0:
                return length
        return None if undecided else 0

    def _answer(self, frame):
        if frame == self.sent and self._skip:
            self._skip = self.request[0] < WRITE_COIL
            return None
        return self._judge(frame[1:-2]) if frame[0] == self.unit else None

    def _unit_of(self, frame):
        return frame[0]


class TcpReceiver(_ModbusReceiver):
    """Waits on a TCP connection for unit's reply to request (a PDU), by transaction number."""

    _silence = (
        "unit %d did not answer over TCP: check the unit number, and the device behind the gateway"
    )
    _damage = (
        "from unit %d came no reply, but %d bytes that are no Modbus TCP: check the port, and that "
        "the gateway is in Modbus TCP mode and not transparent"
    )

    def __init__(self, transaction, unit, request):
        sent = tcp_frame(transaction, unit, request)
        size = _expected(request)[1]
        header = tcp_frame(transaction, unit, bytes(size))[:7]
        refusal = tcp_frame(transaction, unit, bytes((request[0] | EXCEPTION, 0)))[:8]
        super().__init__(unit, request, sent, 7, header, refusal)

    def _frame(self, at):
        buffer = self.buffer
        left = len(buffer) - at
        # Protocol number 0, and a length of 3 to 254 (exception reply to longest PDU and unit).
        if left > 4 and (buffer[at + 2] or buffer[at + 3] or buffer[at + 4]):
            return 0
        if left < 6:
            return None
        size = 6 + buffer[at + 5]
        if not 9 <= size <= 260:
            return 0
        return size if left >= size else None

    def _answer(self, frame):
        if frame == self.sent and self.request[0] < WRITE_COIL:
            return None
        if frame[:2] != self.sent[:2] or frame[6] != self.unit:
            return None
        return self._judge(frame[7:])

    def _unit_of(self, frame):
        return frame[6]
