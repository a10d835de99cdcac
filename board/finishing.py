"""The last of a board's start: the agent is made, and what has made it leaves the heap."""

from agent.connection import Connection
from agent.drivers.driver import Driver
from agent.drivers.modbus import ModbusDevice
from board.app import made_once


def finish(agent):
    """Let go of the constructors of all that an agent is made of."""
    agent.settings.lines = ()  # what they say is in the agent
    if not agent.settings.remote:  # else settings are judged by trying their drivers
        made_once(Driver, ModbusDevice)
        ModbusDevice.requests = None  # their plans are made
    made_once(type(agent), type(agent.sealer), type(agent.store), type(agent.ration))
    made_once(type(agent.upkeep))
    for group in agent.groups:
        made_once(type(group), type(group.rows))
    for bus in agent.buses:
        made_once(type(bus), type(bus.exchange), type(bus.budget))
        for device in bus.devices:
            made_once(type(device))
    for alarm in agent.alarms:
        made_once(type(alarm))
    for uplink in agent.uplinks:
        made_once(type(uplink), Connection, type(uplink.gate), type(uplink.pace))
        made_once(type(uplink.flights), type(uplink.backlog))
