"""A field of a Modbus device: where in its registers a value stands, and what it means."""

from agent.drivers.driver import fault, not_fitted, reading, rescale


class Field:
    """One value in the registers. decode(words, at) gives the raw integer in those from at, out of
    a dict of register to value, or None for a fault.

    sentinels: raw integers by which the device says that it has no value; not_fitted: those by
    which it says that it has no such sensor. kind ("int", "float"), low_first, mask and shift say
    how the value lies in its registers, for who encodes it.
    """

    kind = "int"
    low_first = False
    mask = 0
    shift = 0

    def __init__(self, at, words, decode, channel, scale, sentinels, not_fitted=()):
        self.at = at
        self.words = words
        self.decode = decode
        self.channel = channel
        self.scale = scale  # the exponent of the raw integer, None where it is the channel's
        self.sentinels = sentinels
        self.not_fitted = not_fitted

    def reading(self, words):
        """The Reading from a dict of register to value; a fault where a register is missing."""
        try:
            raw = self.decode(words, self.at)
        except KeyError:
            raw = None
        if raw in self.not_fitted:
            return not_fitted(self.channel)
        if raw is None or raw in self.sentinels:
            return fault(self.channel)
        if self.scale is not None:
            raw = rescale(raw, self.scale, self.channel.exponent)
        return reading(self.channel, raw)
