"""What came instead of a reply, and what to check: loaded when something is amiss."""

from agent.errors import BadChecksum, NoReply, Refused, WrongReply

# MODBUS Application Protocol Specification V1.1b3, clause 7.
_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}
_GATEWAY = (10, 11)  # a gateway speaks, not the device

_SERIAL = (
    "unit %d did not answer: check its power and its address, and the speed and mode of the line",
    "from unit %d came no intact reply, but %d damaged bytes: check the cable, the shield and "
    "the termination, and that no two devices have one address",
)


def of_any(receiver):
    """The AgentError for a Receiver whose reply did not come."""
    if receiver.damaged or receiver.buffer:
        return BadChecksum(
            "%d bytes came, but no intact reply of %d: check the speed and mode of the line, "
            "the model, and the cable" % (_damaged(receiver), receiver.size)
        )
    if receiver.echoes:
        return NoReply(
            "only the own request came back, as an echo of the adapter: "
            "the device is silent; check its power and wiring"
        )
    return NoReply("nothing came: check the power, the wiring and the speed of the line")


def of_modbus(receiver):
    """The same for a ModbusReceiver. Its words are for silence (unit) and for damage (unit,
    bytes); none where it hears a serial line."""
    unit = receiver.unit
    silence, damage = receiver.words or _SERIAL
    if receiver.foreign:
        other = receiver.unit_of(receiver.stranger)
        if other != unit:
            return WrongReply(
                "unit %d did not answer, but unit %d did: check the addresses, and that "
                "nobody else asks on this line" % (unit, other)
            )
        return WrongReply(
            "unit %d answered something else than was asked: a late reply, or another model "
            "than the settings say" % unit
        )
    if receiver.damaged or receiver.buffer:
        return BadChecksum(damage % (unit, _damaged(receiver)))
    if receiver.echoes:
        return NoReply(
            "unit %d is silent: only the own request came back, as an echo of the adapter; "
            "check the device's power and wiring" % unit
        )
    return NoReply(silence % unit)


def of_exception(unit, code):
    """The AgentError for a Modbus exception: Refused, or NoReply where a gateway has no answer."""
    name = _EXCEPTIONS.get(code, "a code of its own")
    if code in _GATEWAY:
        return NoReply(
            "unit %d is silent behind its gateway: exception %d, %s; check its power, its "
            "address and the gateway's own line" % (unit, code, name)
        )
    return Refused("unit %d refused: exception %d, %s" % (unit, code, name), code)


def _damaged(receiver):
    return receiver.damaged + len(receiver.buffer)
