"""What hears one reply among all that arrives on a line: bytes in, a reply out.

Framing is by length and checksum, never by gaps: a gap is lost in a USB adapter, a TCP gateway or
a busy kernel. Whatever chunks the bytes come in, the outcome is the same.
"""


class Receiver:
    """One ask's ear. A subclass says what a frame is (``_frame``) and which answers (``_answer``).

    ``size`` is the length in bytes of the whole frame that is waited for. ``foreign`` counts intact
    frames that answer something else, and ``stranger`` is the last of them; ``damaged`` counts
    bytes that belong to no intact frame; ``echoes`` counts copies of the own request.
    """

    def __init__(self, size, sent, headers):
        self.size = size
        self.sent = sent
        self.headers = headers  # how a frame that answers may begin,
        self.lead = 0  # behind so many bytes that nobody can foretell
        self.buffer = bytearray()
        self.foreign = 0
        self.damaged = 0
        self.echoes = 0
        self.stranger = b""

    def feed(self, data):
        """The reply (bytes), or None while it is not there. Refused for an exception reply."""
        buffer = self.buffer
        buffer.extend(data)
        at = 0
        while at < len(buffer):
            size = self._frame(at)
            if size is None:
                break
            if size == 0:
                at += 1
                self.damaged += 1
                continue
            frame = bytes(buffer[at : at + size])
            at += size
            answer = self._answer(frame)
            if answer is not None:
                buffer[:at] = b""
                return answer
            if frame == self.sent:
                self.echoes += 1
            else:
                self.foreign += 1
                self.stranger = frame
        buffer[:at] = b""
        return self._look_ahead()

    def verdict(self):
        """The AgentError to raise when time is up: what came instead of the reply."""
        from agent.protocols import verdicts

        return verdicts.of_any(self)

    def _look_ahead(self):
        """The reply behind what may be the beginning of a longer frame and may be noise."""
        buffer = self.buffer
        lead = self.lead
        for header in self.headers:
            # What begins like the reply is as long as the reply: nothing can be complete behind it.
            at = buffer.find(header, lead) - lead
            if at == 0:
                return None
            while at > 0:
                size = self._frame(at)
                if size:
                    answer = self._answer(bytes(buffer[at : at + size]))
                    if answer is not None:
                        return answer
                at = buffer.find(header, at + lead + 1) - lead
        return None

    def _frame(self, at):
        """The size of the intact frame at ``at``; 0 if there is none; None while undecided."""
        raise NotImplementedError

    def _answer(self, frame):
        """What to hand out if this intact frame is the reply, else None."""
        raise NotImplementedError


class FixedReceiver(Receiver):
    """Waits for a frame of ``size`` bytes that begins with ``start`` and passes ``check(frame)``.

    sent: the request, whose echo is skipped; b"" if nothing was sent.
    """

    def __init__(self, size, start, check, sent=b""):
        super().__init__(size, sent, (start,))
        self.start = start
        self.check = check

    def _frame(self, at):
        buffer = self.buffer
        left = len(buffer) - at
        if self.start.startswith(bytes(buffer[at : at + len(self.start)])):
            if left < self.size:
                return None
            if self.check(buffer[at : at + self.size]):
                return self.size
        sent = self.sent
        if sent and sent.startswith(bytes(buffer[at : at + len(sent)])):
            return len(sent) if left >= len(sent) else None
        return 0

    def _answer(self, frame):
        return frame if frame != self.sent else None
