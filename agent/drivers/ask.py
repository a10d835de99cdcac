"""What a driver yields: one request and how to recognise its reply."""

from agent.protocols import modbus
from agent.protocols.receiver import FixedReceiver


class ModbusAsk:
    """A request PDU to a unit (modbus.ANY: to the only one there is, for reads). The reply that
    comes back is the reply's PDU. echo: whether the port is known to give back what is sent."""

    def __init__(self, unit, pdu, timeout_ms):
        self.unit = unit
        self.pdu = pdu
        self.timeout_ms = timeout_ms
        self.echo = False

    def open(self, framing, transaction):
        """(bytes to write, receiver) on a line of framing "rtu" or "tcp"."""
        if framing == "tcp":
            # Imported where it is used: a board without TCP lines has no room for it.
            from agent.protocols import modbus_tcp

            data = modbus_tcp.tcp_frame(transaction, self.unit, self.pdu)
            return data, modbus_tcp.TcpReceiver(transaction, self.unit, self.pdu)
        receiver = modbus.RtuReceiver(self.unit, self.pdu, self.echo)
        return receiver.sent, receiver

    def confusable(self, other, refused) -> bool:
        """Whether nothing tells the reply to this from the reply to another read of that unit: both
        read as much by one function, from different places. Refusals say the function only."""
        if not self.pdu[0] == other.pdu[0] < modbus.WRITE_COIL:
            return False
        return refused or self.pdu[3:] == other.pdu[3:]


class SerialAsk:
    """A request in the device's own words (b"" to listen only) and the frame that answers it."""

    def __init__(self, request, size, start, check, timeout_ms):
        self.request = request
        self.size = size
        self.start = start
        self.check = check
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(bytes to write, receiver). Serial devices know no framing."""
        return self.request, FixedReceiver(self.size, self.start, self.check, self.request)


def ask(request, size, start, check, timeout_ms=1000):
    """Ask, or listen where request is b"": for size bytes beginning with start that pass check."""
    return SerialAsk(request, size, start, check, timeout_ms)
