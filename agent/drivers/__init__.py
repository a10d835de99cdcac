"""Drivers: one file per sensor model, found by name. A driver outside this tree is named by its
dotted path."""

from agent.errors import BadSettings

ANYONE = 255  # the address to which the only device of a line answers reads, whatever its own is

# Files of this folder that are no drivers: they have no Device.
_BASES = ("__init__", "ask", "cut", "driver", "field", "frames", "modbus", "modbus_floats",
          "ranging")  # fmt: skip


def load(model):
    """The Device class of a model ("dyp-ultrasonic") or of a dotted path ("package.module").

    BadSettings if there is none.
    """
    name = model if "." in model else "agent.drivers." + model.replace("-", "_")
    try:
        return __import__(name, None, None, ("Device",)).Device
    except (ImportError, AttributeError):
        raise BadSettings(["no driver %r" % model])


def models():
    """The models in this folder, by name. Linux only: a board is given the ones it needs."""
    import os

    names = os.listdir(__file__.rpartition("/")[0])
    return sorted(
        [
            name[:-3].replace("_", "-")
            for name in names
            if name.endswith(".py") and name[:-3] not in _BASES
        ]
    )


def check_option(option, value, scaled):
    """What people wrote for an option, as the driver takes it: an integer, or a choice's text.

    scaled(value, unit, exponent) reads quantities. ValueError says what is expected.
    """
    if option.kind == "choice":
        if value not in option.choices:
            raise ValueError("expected one of %s" % ", ".join(option.choices))
        return value
    if option.kind == "quantity":
        number = scaled(value, option.unit, option.exponent)
    elif value is True or value is False or not isinstance(value, int):
        raise ValueError("expected a whole number, not %r" % (value,))
    else:
        number = value
    anyone = option.kind == "address" and number == ANYONE
    if not option.low <= number <= option.high and not anyone:
        raise ValueError("out of range; %s" % option.help)
    return number
