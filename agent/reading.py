"""The words of a measurement: reading, channel, quality. Integers and exponents, never floats."""

from collections import namedtuple

# Quality of one reading. From NOT_FITTED upwards there is no value.
GOOD = 0
WARM_UP = 1
OUT_OF_RANGE = 2
STALE = 3
MAINTENANCE = 4
CALIBRATION = 5
STUCK = 6
IMPLAUSIBLE = 7
NOT_FITTED = 8
DEVICE_FAULT = 9
NO_REPLY = 10

QUALITY_NAMES = {
    GOOD: "good",
    WARM_UP: "warm-up",
    OUT_OF_RANGE: "out of range",
    STALE: "stale",
    MAINTENANCE: "maintenance",
    CALIBRATION: "calibration",
    STUCK: "stuck",
    IMPLAUSIBLE: "implausible",
    NOT_FITTED: "not fitted",
    DEVICE_FAULT: "device fault",
    NO_REPLY: "no reply",
}

# Lanes, highest priority first; each has its own contiguous sequence.
ALARM = 0
TELEMETRY = 1
DIAGNOSTIC = 2
LANES = (ALARM, TELEMETRY, DIAGNOSTIC)

# Time quality of a frame: UTC from a source, UTC carried on by the own clock, or uptime only.
SYNCED = 0
HOLDOVER = 1
UNSYNCED = 2

# A channel is what a driver promises; low and high are its valid range in scaled integers
# (None: unbounded). value * 10**exponent is in unit, a SenML name (RFC 8428, RFC 8798).
Channel = namedtuple("Channel", ("name", "unit", "exponent", "low", "high"))

# One value of one channel. value is an integer, or None where quality says there is none.
Reading = namedtuple("Reading", ("name", "value", "exponent", "unit", "quality"))


def has_value(quality: int) -> bool:
    """Whether a reading of this quality carries a value."""
    return quality < NOT_FITTED
