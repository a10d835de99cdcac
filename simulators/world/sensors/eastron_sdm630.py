"""The twin of agent.drivers.eastron_sdm630: the SDM120's, at other places."""

from agent.drivers.eastron_sdm630 import Device
from simulators.world.sensors import eastron_sdm120


class Twin(eastron_sdm120.Twin):
    """signals: those of the driver's channels."""

    places = tuple(
        [(field.at, field.channel.name, field.channel.exponent) for field in Device.fields]
    )
