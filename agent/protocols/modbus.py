"""Modbus master, RTU and what RTU and TCP share: requests out, replies in. No I/O and no clock.

Source: MODBUS Application Protocol Specification V1.1b3 (function codes 6.1 to 6.6, exceptions 7),
MODBUS over Serial Line V1.02 (2.5.1, CRC-16). TCP's own part is agent.protocols.modbus_tcp.

A reply is accepted only if unit, function **and** length are those of the request, and for a write
also the echoed address and value. Every other intact frame is counted, and waiting goes on.
"""

from array import array

from agent.protocols.receiver import Receiver

ANY = 0xFF  # to this unit many sensors answer a read, with their own number

READ_COILS, READ_DISCRETE, READ_HOLDING, READ_INPUT, WRITE_COIL, WRITE_REGISTER = range(1, 7)
EXCEPTION = 0x80
MAX_REGISTERS = 125
MAX_BITS = 2000


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


def registers(reply) -> "list[int]":
    """The 16-bit registers in the reply PDU of a read of registers."""
    return [reply[at] << 8 | reply[at + 1] for at in range(2, len(reply) - 1, 2)]


def bits(reply, count) -> "list[int]":
    """The first count coils or inputs in the reply PDU of a read of bits: 0 or 1 each."""
    return [reply[2 + place // 8] >> place % 8 & 1 for place in range(count)]


def expected(request):
    """How the PDU of the reply begins, and its size."""
    function = request[0]
    if function >= WRITE_COIL:
        return request, len(request)
    count = request[3] << 8 | request[4]
    size = count * 2 if function >= READ_HOLDING else (count + 7) // 8
    return bytes((function, size)), 2 + size


class ModbusReceiver(Receiver):
    """What RTU and TCP have in common. around: how many bytes of a frame stand around its PDU."""

    words: "tuple[str, ...]" = ()  # of its own for silence and for damage, see verdicts.of_modbus

    def __init__(self, unit, request, sent, around, header, refusal):
        self.unit = unit
        self.request = request
        self.prefix, self.pdu_size = expected(request)
        super().__init__(self.pdu_size + around, sent, (header + self.prefix, refusal))

    def _judge(self, pdu):
        if len(pdu) == 2 and pdu[0] == self.request[0] | EXCEPTION:
            from agent.protocols import verdicts

            raise verdicts.of_exception(self.unit, pdu[1])
        if len(pdu) == self.pdu_size and pdu.startswith(self.prefix):
            return pdu
        return None

    def verdict(self):
        """NoReply, BadChecksum or WrongReply: what came instead of the reply, and what to check."""
        from agent.protocols import verdicts

        return verdicts.of_modbus(self)


class RtuReceiver(ModbusReceiver):
    """Waits on a serial line for unit's reply to request (a PDU).

    echo: whether this line is known to give back what is sent (``echoes`` of a read before tells);
    only then is the first copy of a write taken for the echo, not for the reply. unit ANY: whoever
    answers; ``answered`` is then its number.
    """

    def __init__(self, unit, request, echo=False):
        header = bytes((unit,))
        refusal = bytes((unit, request[0] | EXCEPTION))
        super().__init__(unit, request, rtu_frame(unit, request), 3, header, refusal)
        self.answered = None
        # The reply to a write looks like its echo; the reply to a read never does.
        self._skip = echo if request[0] >= WRITE_COIL else True
        if echo and request[0] >= WRITE_COIL:
            # Looking ahead could not tell the two copies apart.
            self.headers = (refusal,)
        if unit == ANY:
            self.headers = (self.prefix, refusal[1:])
            self.lead = 1

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
        if frame[0] != self.unit and self.unit != ANY:
            return None
        self.answered = frame[0]
        return self._judge(frame[1:-2])

    def unit_of(self, frame):
        return frame[0]
