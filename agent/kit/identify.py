"""Which known model answers: each driver reads, and what it makes of the replies is weighed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent import drivers
from agent.drivers.ask import ModbusAsk
from agent.drivers.driver import Driver
from agent.errors import AgentError, BadChecksum, NoReply
from agent.kit.wire import Exchange, Wire
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD, NOT_FITTED, OUT_OF_RANGE, WARM_UP

# Models whose reads say nothing about who answers.
_ANYONE = ("generic-modbus", "relay-board", "digital-inputs")
CLEAR = 3  # points by which the best candidate must lead to be the one


@dataclass(frozen=True)
class Candidate:
    """A model that fits, the choices of its options that do, and points for it, by reason."""

    model: str
    choices: dict[str, str]
    points: int
    reasons: tuple[str, ...]
    readings: list[Any]


def models(protocol: str) -> Iterator[Any]:
    """The driver classes of a protocol that can tell who answers."""
    for model in drivers.models():
        found = drivers.load(model)
        if found.protocol == protocol and model not in _ANYONE:
            yield found


def defaults(device: Any) -> dict[str, Any]:
    """Its options when nobody says anything; those that must be said, at their least."""
    return next(variants(device))[1]


def variants(device: Any) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """(choices, all options) for each choice that somebody must make; ({}, options) if none."""
    options = {
        option.name: option.low if option.default is None else option.default
        for option in device.options
        if option.default is not None or option.required
    }
    must = [option for option in device.options if option.choices and option.default is None]
    if not must:
        yield {}, options
    for option in must[:1]:
        for choice in option.choices:
            yield {option.name: choice}, {**options, option.name: choice}


def factory_address(device: Any) -> int | None:
    """The address that a model leaves its factory with."""
    for option in device.options:
        if option.kind == "address":
            return None if option.default is None else int(option.default)
    return None


def first_ask(driver: Driver) -> Any:
    """What a driver asks first."""
    script = driver.read()
    ask = next(script)
    script.close()
    return ask


def candidates(wire: Wire, unit: int, timeout_ms: int) -> tuple[list[Candidate], bool]:
    """The Modbus models that a unit may be, the likeliest first; and whether any reply came
    damaged. Reads only."""
    seen: dict[bytes, Exchange] = {}
    found = []
    for device in models("modbus"):
        for choices, options in variants(device):
            driver = device({**options, "address": unit})
            readings = _readings(wire, driver, seen, timeout_ms)
            points, reasons = _weighed(wire, device, unit, readings or [], seen, timeout_ms)
            if points:
                found.append(Candidate(device.model, choices, points, reasons, readings or []))
    found.sort(key=lambda one: (-one.points, -len(one.readings), one.model))
    best: dict[str, Candidate] = {}
    for candidate in found:
        best.setdefault(candidate.model, candidate)
    return list(best.values()), any(isinstance(came.error, BadChecksum) for came in seen.values())


def _readings(
    wire: Wire, driver: Driver, seen: dict[bytes, Exchange], timeout_ms: int
) -> list[Any] | None:
    """What a driver reads; the same question is put to the device once."""
    script = driver.read()
    try:
        ask = next(script)
        while True:
            if not isinstance(ask, ModbusAsk):
                return None
            came = _asked(wire, ask, seen, timeout_ms)
            if came.reply is None:
                return None
            ask = script.send(came.reply)
    except StopIteration as end:
        return list(end.value)
    finally:
        script.close()


def _asked(wire: Wire, ask: ModbusAsk, seen: dict[bytes, Exchange], timeout_ms: int) -> Exchange:
    key = bytes(ask.pdu)
    if key not in seen:
        seen[key] = wire.ask(ask, timeout_ms)
        if isinstance(seen[key].error, NoReply):
            seen[key] = wire.ask(ask, timeout_ms)
    return seen[key]


def _weighed(
    wire: Wire, device: Any, unit: int, readings: list[Any], seen: dict[bytes, Exchange],
    timeout_ms: int,
) -> tuple[int, tuple[str, ...]]:  # fmt: skip
    """Points for what fits, and why; 0 where something does not, or nothing is measured at all."""
    good = [part for part in readings if part.quality in (GOOD, WARM_UP)]
    beyond = [part for part in readings if part.quality == OUT_OF_RANGE]
    missing = [part for part in readings if part.quality in (DEVICE_FAULT, NOT_FITTED)]
    if beyond or len(missing) > len(good) or not any(part.value for part in good):
        return 0, ()
    points = min(4, len(good))
    reasons = ["fits-range"]
    if wire.mode == device.line:
        points += 2
        reasons.append("fits-mode")
    if unit == factory_address(device):
        points += 2
        reasons.append("fits-address")
    register = address_register(device)
    if register is not None:
        pdu = modbus.read_request(modbus.READ_HOLDING, register, 1)
        came = _asked(wire, ModbusAsk(unit, pdu, timeout_ms), seen, timeout_ms)
        if came.reply is not None and modbus.registers(came.reply)[0] == unit:
            points += 5
            reasons.append("fits-identity")
    if device.kind in ("weather", "electricity", "air quality") and len(good) < 2:
        points -= 1
    return points, tuple(reasons)


def address_register(device: Any) -> int | None:
    """The register that holds the model's own address, where its driver declares one."""
    for step in device.renumber:
        if step[0] == "write" and step[2] is None:
            return int(step[1])
    return None


def heard_by(data: bytes) -> list[str]:
    """The models that make a reading of bytes which came unasked."""
    found = []
    for device in models("serial"):
        driver = device(defaults(device))
        script = driver.read()
        ask = next(script)
        try:
            while True:
                sent, receiver = ask.open("rtu", 0)
                if sent:
                    break
                reply = receiver.feed(data)
                if reply is None:
                    break
                ask = script.send(reply)
        except StopIteration:
            found.append(device.model)
        except AgentError:
            pass
        finally:
            script.close()
    return found
