"""Finds what is on a line: speed, mode, ids and models, by listening and by reading alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from agent.drivers.ask import ModbusAsk
from agent.errors import BadChecksum, Refused
from agent.kit import identify
from agent.kit.traffic import take_apart
from agent.kit.wire import Exchange, Wire
from agent.protocols import modbus

# The likeliest first; the rest are the factory settings of the drivers.
COMMON_MODES = ("9600 8N1", "4800 8N1", "115200 8N1", "9600 8E1", "19200 8N1", "2400 8E1")
LISTEN_MS = 1700  # most sensors that talk by themselves do so every second
ANSWER_MS = 150
Say = Callable[[str, dict[str, Any]], None]


@dataclass
class Found:
    """Something on the line. unit None: a device that talks by itself, or has no Modbus address.
    sure: whether one model stands out among those that fit."""

    mode: str
    unit: int | None
    models: list[identify.Candidate] = field(default_factory=list)
    damaged: bool = False

    @property
    def sure(self) -> bool:
        """Whether there is one model that it surely is, as far as reading can tell."""
        points = [candidate.points for candidate in self.models]
        return len(points) == 1 or (len(points) > 1 and points[0] - points[1] >= identify.CLEAR)


@dataclass
class Report:
    """What a scan found. foreign: requests of somebody else, by unit; questions: how many were
    asked; unknown: bytes that nobody here understands, by mode."""

    found: list[Found] = field(default_factory=list)
    foreign: dict[int, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    questions: int = 0


def default_modes() -> list[str]:
    """The modes that a scan tries, the likeliest first."""
    known = [device.line for kind in ("modbus", "serial") for device in identify.models(kind)]
    return list(dict.fromkeys([*COMMON_MODES, *known]))


def default_ids() -> list[int]:
    """The addresses that a scan asks: the low ones, and those of models fresh from the factory."""
    known = {identify.factory_address(device) for device in identify.models("modbus")}
    return sorted({*range(1, 17), *(unit for unit in known if unit)})


def scan(
    wire: Wire, modes: Iterable[str], ids: list[int], say: Say, answer_ms: int = ANSWER_MS,
    every_mode: bool = False, listen_ms: int = LISTEN_MS,
) -> Report:  # fmt: skip
    """Try modes, and in each of them listen, then ask ids. Once devices were found in a mode, the
    others are left out unless every_mode. say(code, values) is told how it goes."""
    report = Report()
    for mode in modes:
        if not all(1 <= unit <= 247 for unit in ids):
            raise ValueError("addresses go from 1 to 247: the others are everybody's")
        wire.open(mode)
        say("scan-mode", {"mode": mode})
        before = len(report.found)
        talks = _listen(wire, report, listen_ms)
        for unit in ids:
            one = _unit(wire, unit, answer_ms)
            # Where something talks all the time, what is damaged need not be an answer.
            if one is not None and not (talks and one.damaged):
                say("scan-unit", {"unit": unit, "mode": mode})
                report.found.append(one)
        if wire.line.framing == "rtu":  # a gateway passes Modbus only
            _serial(wire, report, answer_ms)
        if len(report.found) > before and not every_mode:
            break
    wire.close()
    report.questions = wire.exchanges
    return report


def _listen(wire: Wire, report: Report, listen_ms: int) -> bool:
    """What talks by itself; whether anything does."""
    data = wire.listen(listen_ms)
    traffic = take_apart(data)
    for unit, count in traffic.requests.items():
        report.foreign[unit] = report.foreign.get(unit, 0) + count
    if not traffic.others:
        return traffic.size > 0
    models = identify.heard_by(data)
    if models:
        heard = [identify.Candidate(model, {}, 1, ("fits-unasked",), []) for model in models]
        report.found.append(Found(wire.mode, None, heard))
    else:
        report.unknown[wire.mode] = report.unknown.get(wire.mode, 0) + len(traffic.others)
    return True


def _unit(wire: Wire, unit: int, answer_ms: int) -> Found | None:
    """What answers at an address, if anything does: any intact reply, a refusal too."""
    came = alive(wire, unit, answer_ms)
    if came is None:
        return None
    if isinstance(came.error, BadChecksum):
        return Found(wire.mode, unit, [], True)
    models, damaged = identify.candidates(wire, unit, max(300, answer_ms))
    return Found(wire.mode, unit, models, damaged and not models)


def alive(wire: Wire, unit: int, answer_ms: int, thorough: bool = True) -> Exchange | None:
    """The first exchange that shows that a unit is there: register 0, then (thorough) what the
    models would be asked whose factory settings these are. None for silence."""
    asks = [ModbusAsk(unit, modbus.read_request(modbus.READ_HOLDING, 0, 1), answer_ms)]
    for device in identify.models("modbus") if thorough else ():
        if identify.factory_address(device) == unit and device.line == wire.mode:
            driver = device(dict(identify.defaults(device), address=unit))
            asks.append(identify.first_ask(driver))
    for ask in asks:
        came = wire.ask(ask, max(answer_ms, ask.timeout_ms if ask is not asks[0] else 0))
        if came.reply is not None or isinstance(came.error, Refused | BadChecksum):
            return came
        if came.stranger[:1] == bytes((unit,)):
            return came
    return None


def _serial(wire: Wire, report: Report, answer_ms: int) -> None:
    """The questions of devices without an address, each asked once, in their factory mode only."""
    asked: dict[bytes, Exchange] = {}
    fitting: dict[bytes, list[identify.Candidate]] = {}
    for device in identify.models("serial"):
        if device.line != wire.mode:
            continue
        ask = identify.first_ask(device(identify.defaults(device)))
        question = ask.open("rtu", 0)[0]
        if not question:
            continue
        if question not in asked:
            asked[question] = wire.ask(ask, max(answer_ms, 600))
        came = asked[question]
        receiver = ask.open("rtu", 0)[1]
        try:
            understood = came.heard and receiver.feed(came.heard) is not None
        except Refused:
            understood = True
        if understood:
            one = identify.Candidate(device.model, {}, 1, ("fits-question",), [])
            fitting.setdefault(question, []).append(one)
    for models in fitting.values():
        report.found.append(Found(wire.mode, None, models))
