"""What every driver is: a model, its channels, and a script that yields what to ask.

A driver never touches a port and knows no time. ``read`` is a generator: it yields an Ask, is sent
the reply's bytes (Modbus: the reply PDU), gets an AgentError thrown in where none came, and returns
one Reading for each of its channels, in their order.
"""

from agent.reading import DEVICE_FAULT, GOOD, NOT_FITTED, OUT_OF_RANGE, Channel, Reading


class Option:
    """One thing that a driver wants to know. kind: "address", "int", "choice", or "quantity" of a
    SenML unit with an exponent. default None: required, unless required is False."""

    def __init__(
        self,
        name,
        kind,
        default,
        help,
        low=0,
        high=0,
        unit="",
        exponent=0,
        choices=(),
        required=None,
    ):
        self.name = name
        self.kind = kind
        self.default = default
        self.help = help
        self.low = low
        self.high = high
        self.unit = unit
        self.exponent = exponent
        self.choices = choices
        self.required = default is None if required is None else required


def address(default=1):
    """The Modbus address as an option."""
    text = "the device's Modbus address, 1 to 247; 255: whatever it is, of one alone on its line"
    return Option("address", "address", default, text, 1, 247)


# What the settings of one device may say otherwise than its driver: see Driver and ModbusDevice.
LIMITS = ("gap_ms", "timeout_ms", "warm_up_ms", "max_registers", "max_gap")


class Driver:
    """The base. Subclasses fill in what they are."""

    model = ""
    title = ""
    kind = ""  # "water level", "gas", "tilt", "air quality", ...
    line = "9600 8N1"  # as the device leaves its factory
    protocol = "serial"  # or "modbus"
    source = ""  # where the map or protocol stands
    proven = True  # by published or captured bytes; else raw replies travel with the readings
    warm_up_ms = 0
    min_every_ms = 1000
    timeout_ms = 1000
    gap_ms = 0  # silence that it needs before a request, where 3.5 characters are not enough
    answer_ms = 20  # what it usually takes to answer: for plans, never for time-outs
    # How its Modbus address is changed, by `pole address` only, and only of a device alone on its
    # line: ("write", register, value), None for the new address; ("cycle",) power off and on.
    renumber: "tuple" = ()
    options: "tuple[Option, ...]" = ()
    channels: "tuple[Channel, ...]" = ()
    utc_ms = None  # of the last read, where the device is a source of time

    def __init__(self, options):
        self.settings = options
        for name in LIMITS:
            if name in options:
                setattr(self, name, options[name])

    def read(self):
        """The script of one reading; see the module."""
        raise NotImplementedError


def reading(channel, value):
    """A Reading of a channel, judged by its valid range; out of range keeps the value."""
    bad = (channel.low is not None and value < channel.low) or (
        channel.high is not None and value > channel.high
    )
    return Reading(
        channel.name, value, channel.exponent, channel.unit, OUT_OF_RANGE if bad else GOOD
    )


def fault(channel):
    """The Reading of a channel whose device says that it has no value."""
    return Reading(channel.name, None, channel.exponent, channel.unit, DEVICE_FAULT)


def not_fitted(channel):
    """The Reading of a channel that this device does not have."""
    return Reading(channel.name, None, channel.exponent, channel.unit, NOT_FITTED)


def rescale(value, exponent, wanted):
    """An integer scaled by 10**exponent, rescaled to 10**wanted; halves round away from zero."""
    if exponent >= wanted:
        return value * 10 ** (exponent - wanted)
    unit = 10 ** (wanted - exponent)
    rounded = (abs(value) * 2 + unit) // (unit * 2)
    return -rounded if value < 0 else rounded
