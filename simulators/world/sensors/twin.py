"""What every simulated sensor is: bytes heard on the line in, bytes sent out, faults at will."""

from agent.protocols import modbus

# Faults that any twin can be given.
HEALTHY, SILENT, GARBAGE, FOREIGN, REFUSES = "", "silent", "garbage", "foreign", "refuses"
IDLE_MS = 200  # half a request this old is forgotten


class Twin:
    """The base. signals: channel name to Signal. log(channel, now_ms, value) is called for each
    measured value that goes out in answer to an ask."""

    turnaround_ms = 5

    def __init__(self, signals, log):
        self.signals = signals
        self.log = log
        self.fault = HEALTHY
        self._heard = bytearray()
        self._heard_at = 0

    def receive(self, data, now_ms) -> bytes:
        """What was heard on the line; returns what it answers, b"" for nothing."""
        if now_ms - self._heard_at > IDLE_MS:
            self._heard[:] = b""
        self._heard_at = now_ms
        self._heard.extend(data)
        return self.said(self.answer(self._heard, now_ms))

    def said(self, data) -> bytes:
        """What of data really goes out, with its fault."""
        if self.fault == SILENT:
            return b""
        return bytes([byte ^ 0x5A for byte in data]) if self.fault == GARBAGE else data

    def tick(self, now_ms) -> bytes:
        """What it sends unasked."""
        return b""

    def answer(self, heard, now_ms) -> bytes:
        """The reply to what is in the bytearray heard, and take it out. To be filled in."""
        raise NotImplementedError

    def measured(self, channel, now_ms):
        """The channel's value now, logged unless nobody will see it. ValueError: no signal."""
        if channel not in self.signals:
            raise ValueError("the twin was given no signal for the channel %s" % channel)
        value = self.signals[channel].at(now_ms)
        if self.fault == HEALTHY:
            self.log(channel, now_ms, value)
        return value


class AskedTwin(Twin):
    """A sensor that knows one question."""

    question = b""

    def answer(self, heard, now_ms):
        if heard.find(self.question) < 0:
            return b""
        heard[:] = b""
        return self.frame(now_ms)

    def frame(self, now_ms) -> bytes:
        """The reply; to be filled in."""
        raise NotImplementedError


class UploadTwin(Twin):
    """A sensor that talks by itself, asked or not. The log gets every upload: which of them was
    listened for, the line cannot tell."""

    period_ms = 1000
    phase_ms = 0  # sensors know nothing of whole seconds
    due = 0

    def answer(self, heard, now_ms):
        heard[:] = b""
        return b""

    def tick(self, now_ms):
        if now_ms < self.due:
            return b""
        self.due = now_ms - now_ms % self.period_ms + self.period_ms + self.phase_ms
        return self.said(self.frame(now_ms))

    def frame(self, now_ms) -> bytes:
        """One upload; to be filled in."""
        raise NotImplementedError


class ModbusTwin(Twin):
    """A Modbus slave. ``words(at, count, now_ms)`` gives its registers, or None for exception 2."""

    def __init__(self, unit, signals, log):
        super().__init__(signals, log)
        self.unit = unit

    def answer(self, heard, now_ms):
        while len(heard) >= 8:
            request = bytes(heard[:8])
            if modbus.crc16(request):
                heard[:1] = b""
                continue
            heard[:8] = b""
            if request[0] != self.unit:
                continue
            unit = self.unit + 1 if self.fault == FOREIGN else self.unit
            return modbus.rtu_frame(unit, self._reply(request[1:6], now_ms))
        return b""

    def _reply(self, pdu, now_ms):
        function = pdu[0]
        at, count = pdu[1] << 8 | pdu[2], pdu[3] << 8 | pdu[4]
        if self.fault == REFUSES:
            return bytes((function | 0x80, 4))
        if function not in (modbus.READ_HOLDING, modbus.READ_INPUT):
            return bytes((function | 0x80, 1))
        words = self.words(at, count, now_ms)
        if words is None or len(words) != count:
            return bytes((function | 0x80, 2))
        data = b"".join([(word & 0xFFFF).to_bytes(2, "big") for word in words])
        return bytes((function, len(data))) + data

    def words(self, at, count, now_ms):
        """The registers from ``at``; to be filled in."""
        raise NotImplementedError
