"""What sensors share that look down on water: level = mount - distance, in mm, where mount is the
height of the sensor over the dry road."""

from agent.drivers.driver import Option
from agent.reading import Channel, Reading

LEVEL = Channel("level", "m", -3, None, None)


def mount_option(low):
    """The option mount, from low mm on."""
    text = 'the sensor\'s height over the dry road, such as "3200 mm"; gives the channel level'
    return Option("mount", "quantity", None, text, low, 15000, "m", -3, required=False)


def with_level(mount, channels):
    """A sensor's channels, with the level before them where mount is known."""
    return channels if mount is None else (LEVEL,) + channels


def levelled(mount, readings):
    """Its readings, of which the distance is the first, with the level before them where mount is
    known. The level is worth what the distance is."""
    if mount is None:
        return readings
    distance = readings[0]
    value = None if distance.value is None else mount - distance.value
    return [Reading(LEVEL.name, value, LEVEL.exponent, LEVEL.unit, distance.quality)] + readings
