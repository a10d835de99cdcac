"""Modbus TCP: the same PDUs behind an MBAP header.

Source: MODBUS Messaging on TCP/IP V1.0b, 3.1.3. A reply must carry the transaction number of its
request.
"""

from agent.protocols.modbus import EXCEPTION, WRITE_COIL, ModbusReceiver, expected


def tcp_frame(transaction, unit, pdu) -> bytes:
    """pdu behind its MBAP header. transaction 0..65535."""
    size = len(pdu) + 1
    return bytes((transaction >> 8, transaction & 0xFF, 0, 0, size >> 8, size & 0xFF, unit)) + pdu


class TcpReceiver(ModbusReceiver):
    """Waits on a TCP connection for unit's reply to request (a PDU), by transaction number."""

    words = (
        "unit %d did not answer over TCP: check the unit number, and the device behind the gateway",
        "from unit %d came no reply, but %d bytes that are no Modbus TCP: check the port, and that "
        "the gateway is in Modbus TCP mode and not transparent",
    )

    def __init__(self, transaction, unit, request):
        sent = tcp_frame(transaction, unit, request)
        size = expected(request)[1] + 1
        header = sent[:4] + bytes((size >> 8, size & 0xFF, unit))
        refusal = sent[:4] + bytes((0, 3, unit, request[0] | EXCEPTION))
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

    def unit_of(self, frame):
        return frame[6]
