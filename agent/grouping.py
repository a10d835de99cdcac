"""Which devices share a group: a start asks once, and then a board forgets this module."""

from agent.frame import MAX_FRAME
from agent.protocols import cbor
from agent.schedule import Group, schema_body

MAX_COLUMNS = 32
# What a schema body may take, so that its frame stays within MAX_FRAME.
MAX_SCHEMA = MAX_FRAME - 160


def groups(members, seal_ms):
    """Split (bus, device) members into groups: equal interval and heartbeat, few enough columns
    and names."""
    result = []
    for every_ms, heartbeat_ms in sorted({_rhythm(device) for _, device in members}):
        batch = []
        for member in members:
            if _rhythm(member[1]) != (every_ms, heartbeat_ms):
                continue
            if batch and not _fits(every_ms, seal_ms, batch + [member]):
                result.append(Group(every_ms, seal_ms, batch, heartbeat_ms))
                batch = []
            batch.append(member)
        result.append(Group(every_ms, seal_ms, batch, heartbeat_ms))
    _set_phases(result)
    return result


def _set_phases(result):
    """Where a line has several intervals, spread their beginnings over the shortest of all."""
    rhythms = {}  # line: its intervals
    for group in result:
        for bus, _ in group.members:
            rhythms.setdefault(id(bus), set()).add(group.every_ms)
    if max([len(intervals) for intervals in rhythms.values()]) < 2:
        return
    intervals = sorted({group.every_ms for group in result})
    for group in result:
        group.phase = intervals.index(group.every_ms) * intervals[0] // len(intervals)


def _rhythm(device):
    return device.every_ms, device.heartbeat_ms


def _fits(every_ms, seal_ms, members):
    devices = [device for _, device in members]
    if sum([len(device.channels) for device in devices]) > MAX_COLUMNS:
        return False
    return len(cbor.encode(schema_body(every_ms, seal_ms, devices))) <= MAX_SCHEMA
