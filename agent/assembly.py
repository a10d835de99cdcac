"""Puts an Agent together by its settings: lines, devices, alarms, groups, uplinks. What settings do
not name is not even loaded.
"""

from agent import grouping
from agent.alarms import Alarm
from agent.bus import Bus
from agent.device import ALARM_PRIORITY, ROUTINE, Device
from agent.uplink import Uplink


def groups(agent, drivers, powered):
    """Give an Agent its lines with their devices, and what watches those; returns the groups of
    devices. drivers: model name to driver class; powered: whether the sensors may just have been
    switched on, too."""
    settings, ports = agent.settings, agent.ports
    parts = {part.name: part for line in settings.lines for part in line.devices}
    members = []
    for line in settings.lines:
        devices = [_device(agent, part, drivers[part.driver]) for part in line.devices]
        bus = Bus(ports.lines[line.name], line.mode, devices, ports.entropy, ports.log, powered)
        bus.name = line.name
        agent.buses.append(bus)
        members.extend([(bus, device) for device in devices])
    made = grouping.groups(members, settings.seal_ms)
    for group in made:
        for _, device in group.members:
            agent.places[device.name] = (group,) + agent.places[device.name]
    _watch(agent, parts, members, made)
    return made


def _watch(agent, parts, members, made):
    if any(part.checks for part in parts.values()):
        from agent.quality import Quality

        agent.quality = Quality(parts.values())
    if any(group.heartbeat_ms for group in made):
        from agent.deadband import attach

        agent.sealer.by_exception = attach(made, parts)
    if any(part.drives for part in parts.values()):
        from agent.actuation import Actuation

        agent.actuation = Actuation(members, parts, agent.alarms)
        agent.watchers.append(agent.actuation)
    if agent.settings.switch:
        from agent.maintenance import Switch

        agent.watchers.append(Switch(*agent.settings.switch))
    if agent.settings.mains:
        from agent.mains import Mains

        agent.watchers.append(Mains(*agent.settings.mains))


def _device(agent, part, driver_class):
    driver = driver_class(part.options)
    priority = ALARM_PRIORITY if part.alarms else ROUTINE
    device = Device(part.name, driver, part.every_ms, priority)
    device.heartbeat_ms = part.heartbeat_ms
    filters = ()
    if part.filters:
        from agent.filters import attach

        filters = attach(device, part.filters)
    alarms = []
    for rule in part.alarms:
        device.watched.append(rule.channel)
        for channel in device.channels:
            if channel.name == rule.channel:
                alarms.append(Alarm(part.name, channel, rule, part.every_ms, driver.warm_up_ms))
    agent.alarms.extend(alarms)
    agent.places[part.name] = (filters, alarms)
    return device


def uplinks(agent):
    """The Uplink to each platform."""
    ports = agent.ports
    made = [_uplink(agent, ports.carrier, ports.verifier, 0)]
    if ports.district is not None:
        made.append(_uplink(agent, ports.district[0], ports.district[1], 1))
    return made


def _uplink(agent, carrier, verifier, destination):
    ports, settings = agent.ports, agent.settings
    return Uplink(
        carrier,
        agent.sealer,
        verifier,
        ports.entropy,
        ports.log,
        settings.beacon_ms,
        settings.retry_max_ms,
        ports.ceiling,
        destination,
    )
