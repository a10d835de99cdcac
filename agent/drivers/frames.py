"""Serial devices whose answer, or upload, is one frame of fixed size with 16-bit words in it."""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, fault, reading


def sum8(frame):
    """Whether the last byte is that of the sum of those before."""
    return sum(frame[:-1]) & 0xFF == frame[-1]


def sum16(frame):
    """Whether the last two bytes, the high one first, are the sum of all before."""
    return sum(frame[:-2]) & 0xFFFF == frame[-2] << 8 | frame[-1]


def complement(frame):
    """Whether the last byte is the two's complement of the sum of those before, but the first."""
    return sum(frame[1:]) & 0xFF == 0


class FrameDevice(Driver):
    """A driver that says where its channels' words stand. It asks request, or only listens where
    that is b"", for size bytes that begin with start and are whole by sound(frame).

    at: the place of each channel's word, in the channels' order; order: of its bytes, "big" or
    "little"; signed: names of channels below zero; error_at: the place of a code that is 0 while
    all is well.
    """

    request = b""
    size = 0
    start = b""
    sound = staticmethod(sum8)
    order = "big"
    at: "tuple[int, ...]" = ()
    signed: "tuple[str, ...]" = ()
    error_at: "int | None" = None

    def read(self):
        """Ask for one frame, or wait for it."""
        frame = yield ask(self.request, self.size, self.start, self.sound, self.timeout_ms)
        return self.mean(frame)

    def mean(self, frame):
        """The readings in a whole frame. Override for what places cannot say."""
        if self.error_at is not None and frame[self.error_at]:
            return [fault(channel) for channel in self.channels]
        readings = []
        for channel, at in zip(self.channels, self.at):
            value = int.from_bytes(frame[at : at + 2], self.order)
            if channel.name in self.signed and value & 0x8000:
                value -= 0x10000
            readings.append(reading(channel, value))
        return readings
