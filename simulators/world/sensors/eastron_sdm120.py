"""The twin of agent.drivers.eastron_sdm120: singles, the high word first."""

from simulators.world.sensors.twin import ModbusTwin


def single(value, exponent):
    """The 32 bits of the IEEE 754 single nearest to value * 10**exponent, without floats."""
    if value == 0:
        return 0
    top, bottom = abs(value) * 10 ** max(exponent, 0), 10 ** max(-exponent, 0)
    power = 0
    while top >= bottom << 24:
        bottom <<= 1
        power += 1
    while top < bottom << 23:
        top <<= 1
        power -= 1
    mantissa = (2 * top + bottom) // (2 * bottom)
    if mantissa == 1 << 24:
        mantissa, power = 1 << 23, power + 1
    return (value < 0) << 31 | power + 150 << 23 | mantissa & 0x7FFFFF


class Twin(ModbusTwin):
    """signals: those of places, in the driver's exponents."""

    places: "tuple[tuple[int, str, int], ...]" = (
        (0x0000, "voltage", -1),
        (0x0006, "current", -3),
        (0x000C, "power", -1),
        (0x001E, "power_factor", -3),
        (0x0046, "frequency", -2),
        (0x0048, "energy", -2),
    )

    def words(self, at, count, now_ms):
        words = []
        while len(words) < count:
            found = [place for place in self.places if place[0] == at + len(words)]
            if not found:
                return None
            _, channel, exponent = found[0]
            bits = single(self.measured(channel, now_ms), exponent)
            words.extend((bits >> 16, bits & 0xFFFF))
        return words
