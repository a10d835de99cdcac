"""Intact Modbus RTU frames that answer nothing that was asked: from other units, for other
functions, of other lengths; exceptions, requests of another master, writes."""

from agent.protocols import modbus

KINDS = 7


def read_reply(unit, function, count, fill):
    """A reply with count registers, each of them fill."""
    data = fill.to_bytes(2, "big") * count
    return modbus.rtu_frame(unit, bytes((function, len(data))) + data)


def frame(kind, unit, function, count, number):
    """One foreign frame for who waits for count registers by function from unit. kind: 0 to
    KINDS - 1; number: any, what else there is to choose."""
    other = (unit + number % 246) % 247 + 1
    if other == unit:
        other = unit % 247 + 1
    more = count % 125 + 1
    if kind == 0:
        return read_reply(other, function, count, number & 0xFFFF)
    if kind == 1:
        return read_reply(unit, 7 - function, count, number & 0xFFFF)
    if kind == 2:
        return read_reply(unit, function, more, number & 0xFFFF)
    if kind == 3:
        return modbus.rtu_frame(other, bytes((function | 0x80, 2)))
    if kind == 4:
        # An exception to another function of the unit that was asked.
        return modbus.rtu_frame(unit, bytes((7 - function | 0x80, 2)))
    if kind == 5:
        return modbus.rtu_frame(other, modbus.read_request(function, number & 0xFF, more))
    return modbus.rtu_frame(unit, modbus.write_register(number & 0xFF, number & 0xFFFF))
