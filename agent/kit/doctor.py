"""Tells silence from noise from half-broken: counts what happens on a line, and says what it means.

The rules, and what each rests on: silence and damage diagnose differently (a wrong speed, address
or supply is silent; damage means that the speed is right and the cable is not); A and B are blamed
for total silence only; two devices of one number agree on refusals, and spoil each other's values.
"""

from dataclasses import dataclass, field
from typing import Any

from agent.drivers.ask import ModbusAsk
from agent.errors import NoReply, Refused
from agent.kit import identify
from agent.kit.counts import Counts, Target, heard_nobody
from agent.kit.scan import ANSWER_MS, Say, alive, default_modes
from agent.kit.traffic import Traffic, take_apart
from agent.kit.wire import Wire
from agent.protocols import modbus

LISTEN_MS = 2000
TAIL_MS = 40  # how long a second reply is waited for
LATE_MS = 250  # how long a reply that missed its time-out is waited for
SPOILT = 10  # per cent of damaged replies from which a line is broken
LOSING = 5  # per cent of silence from which a device is
ALIKE_TRIES = 8
NOWHERE = 0xFFFF  # a register that no map here has


@dataclass(frozen=True)
class Finding:
    """What is wrong (a code of agent.cli.texts with its values), and the evidence, likewise.
    harmless: worth knowing, and nothing to mend."""

    code: str
    values: dict[str, Any]
    evidence: tuple[tuple[str, dict[str, Any]], ...] = ()
    harmless: bool = False


@dataclass
class Diagnosis:
    """Findings, the gravest first; the counters that they rest on; what was heard unasked."""

    findings: list[Finding] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to mend."""
        return all(finding.harmless for finding in self.findings)


def diagnose(wire: Wire, mode: str, targets: list[Target], rounds: int, say: Say) -> Diagnosis:
    """Listen, ask each target rounds times, and judge. Only reads."""
    wire.open(mode)
    found = Diagnosis(counts=[Counts(target) for target in targets])
    found.traffic = take_apart(wire.listen(LISTEN_MS))
    asks = [identify.first_ask(target.driver) for target in targets]
    for _ in range(rounds):
        for counts, ask in zip(found.counts, asks, strict=True):
            came = wire.ask(ask, tail_ms=TAIL_MS)
            counts.add(came)
            if isinstance(came.error, NoReply):
                counts.late += counts.is_own(wire.listen(LATE_MS))
    found.findings = list(_judge(wire, mode, found, say))
    wire.close()
    return found


def _judge(wire: Wire, mode: str, found: Diagnosis, say: Say) -> list[Finding]:
    findings = _unasked(found.traffic, [part.target for part in found.counts])
    if found.traffic.requests:
        return findings  # the rest may be its doing
    if heard_nobody(found.counts):
        return findings + _silence(wire, mode, found.counts, say)
    for counts in found.counts:
        others = [part for part in found.counts if part is not counts]
        findings += _of_device(wire, mode, counts, others, say)
    echoes = sum(part.echoes for part in found.counts)
    if echoes:
        asked = sum(part.asked for part in found.counts)
        evidence = (("ev-echo", {"count": echoes, "asked": asked}),)
        findings.append(Finding("echo", {}, evidence, harmless=True))
    return findings or [Finding("healthy", {}, tuple(map(_counted, found.counts)), harmless=True)]


def _counted(counts: Counts) -> tuple[str, dict[str, Any]]:
    return "ev-counts", {
        "name": counts.target.name, "asked": counts.asked, "answered": counts.answered,
        "silent": counts.silent, "damaged": counts.damaged,
    }  # fmt: skip


def _unasked(traffic: Traffic, targets: list[Target]) -> list[Finding]:
    """What was heard while we said nothing, and nobody was expected to talk."""
    if traffic.requests:
        units = ", ".join(str(unit) for unit in sorted(traffic.requests))
        count = sum(traffic.requests.values())
        return [Finding("foreign-master", {}, (("ev-foreign", {"count": count, "units": units}),))]
    expected = any(not identify.first_ask(one.driver).open("rtu", 0)[0] for one in targets)
    if traffic.size and not expected:
        values = {"size": traffic.size, "seconds": LISTEN_MS // 1000}
        return [Finding("talks", values, (("ev-heard", {"size": traffic.size}),))]
    return []


def _silence(wire: Wire, mode: str, counts: list[Counts], say: Say) -> list[Finding]:
    """Nobody answers: at another address or speed, perhaps?"""
    say("doctor-search", {})
    before = wire.exchanges
    target = counts[0].target
    modes = _modes(mode, target)
    other = _elsewhere(wire, target, modes)
    if other is not None:
        return [other]
    evidence = tuple(map(_counted, counts))
    evidence += (("ev-searched", {"questions": wire.exchanges - before, "modes": len(modes)}),)
    echoes = sum(part.echoes for part in counts)
    if echoes:
        asked = sum(part.asked for part in counts)
        evidence += (("ev-echo", {"count": echoes, "asked": asked}),)
    return [Finding("echo-silent" if echoes else "silent-line", {}, evidence)]


def _modes(mode: str, target: Target) -> list[str]:
    """The modes to look at: the one of the settings, the factory's, and the usual ones."""
    return list(dict.fromkeys([mode, str(target.driver.line), *default_modes()]))


def _other_speed(mode: str, tried: str, who: str) -> Finding:
    values = {"mode": mode, "who": who, "tried": tried}
    return Finding("wrong-speed", {"mode": mode}, (("ev-mode", values),))


def _elsewhere(wire: Wire, target: Target, modes: list[str]) -> Finding | None:
    """The target's silence explained by another address, or another speed."""
    if target.unit is None:
        for mode in modes[1:]:
            wire.open(mode)
            if wire.ask(identify.first_ask(target.driver)).reply is not None:
                return _other_speed(mode, modes[0], target.name)
        return None
    asked = target.unit
    factory = identify.factory_address(target.driver)
    first = list(dict.fromkeys([factory or 1, asked, *range(1, 17)]))
    for mode in modes:
        wire.open(mode)
        # In other modes only what is likely: the search has to end.
        for unit in first if mode == modes[0] else first[:2]:
            if alive(wire, unit, ANSWER_MS, thorough=False) is None:
                continue
            if mode != modes[0]:
                return _other_speed(mode, modes[0], str(unit))
            if unit != asked:
                evidence = (("ev-other", {"other": unit}),)
                return Finding("wrong-id", {"asked": asked, "other": unit}, evidence)
    return None


def _of_device(
    wire: Wire, mode: str, counts: Counts, others: list[Counts], say: Say
) -> list[Finding]:
    """What is wrong with one device, on a line where somebody answers."""
    name, unit = counts.target.name, counts.target.unit
    evidence = (_counted(counts),)
    if counts.doubled:
        values: dict[str, Any] = {"count": counts.doubled, "unit": unit}
        return [Finding("two-devices", {"unit": unit}, (*evidence, ("ev-double", values)))]
    if counts.share(counts.damaged) >= SPOILT:
        return [_spoilt(wire, mode, counts, others, say)]
    if counts.late:
        values = {"name": name, "ms": max([*counts.times, counts.target.driver.timeout_ms])}
        return [Finding("late", values, (*evidence, ("ev-late", {"count": counts.late})))]
    if counts.foreign and not counts.alive:
        other = counts.foreign.most_common(1)[0][0]
        values = {"asked": unit, "other": other}
        return [Finding("wrong-id", values, (*evidence, ("ev-other", {"other": other})))]
    if not counts.alive:
        return [Finding("silent-device", {"name": name}, evidence)]
    if counts.wrong and not counts.answered:
        values = {"unit": unit, "model": counts.target.driver.model}
        return [Finding("wrong-model", values, (*evidence, ("ev-wrong", {"count": counts.wrong})))]
    if counts.refused and not counts.answered:
        code = counts.refused.most_common(1)[0][0]
        return [Finding("refused", {"unit": unit, "code": code}, evidence)]
    if counts.share(counts.silent) >= LOSING:
        slowest = max(counts.times, default=0)
        values = {"name": name, "percent": counts.share(counts.silent), "ms": slowest}
        return [Finding("losing", values, evidence)]
    return []


def _spoilt(wire: Wire, mode: str, counts: Counts, others: list[Counts], say: Say) -> Finding:
    """Replies come damaged: two devices of one number, another speed, or the cable."""
    unit = counts.target.unit
    evidence = (_counted(counts),)
    if unit is not None and counts.share(counts.damaged) >= 50:
        whole = _alike(wire, unit)
        if whole >= ALIKE_TRIES - 1:
            alike = ("ev-alike", {"whole": whole, "tries": ALIKE_TRIES})
            return Finding("two-devices", {"unit": unit}, (*evidence, alike))
    if any(part.alive and not part.damaged for part in others):
        return Finding("maybe-two", {"unit": unit}, evidence + tuple(map(_counted, others)))
    if not counts.alive and not any(part.alive for part in others):
        say("doctor-search", {})
        other = _elsewhere(wire, counts.target, _modes(mode, counts.target))
        wire.open(mode)
        return other or Finding("garbage", {}, evidence)
    return Finding("noise", {"percent": counts.share(counts.damaged)}, evidence)


def _alike(wire: Wire, unit: int) -> int:
    """How many refusals come whole: two devices that say the same spoil nothing."""
    ask = ModbusAsk(unit, modbus.read_request(modbus.READ_HOLDING, NOWHERE, 1), ANSWER_MS)
    came = [wire.ask(ask, ANSWER_MS) for _ in range(ALIKE_TRIES)]
    return sum(isinstance(one.error, Refused) for one in came)
