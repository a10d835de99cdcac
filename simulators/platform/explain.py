"""Why a reading or an alarm came, when, and by which proof; or why not; or that nobody knows.

It tells what the store holds and proves each frame again from its bytes. Where no record explains a
hole it says *unknown*, and never guesses.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent import frame
from agent.protocols import cbor, cose
from agent.reading import ALARM, QUALITY_NAMES, TELEMETRY
from provisioning import frames
from provisioning.registry import Registry
from simulators.platform.explain_words import say, word
from simulators.platform.store import Store

HOLE = 1.5  # intervals without a reading that make a hole


@dataclass
class Step:
    """A span of a channel: ``what`` is reading, alarm, missing or unknown; times are UTC in ms.

    For a reading or an alarm ``proof`` says "genuine", or why it is not; for what is missing it
    names the record that says so, and is empty for unknown. text, frame and proof are told in the
    language of the Explainer.
    """

    what: str
    begin: int
    end: int
    text: str
    frame: str = ""
    kid: str = ""
    proof: str = ""
    genuine: bool = False
    carrier: str = ""
    committed: int | None = None
    values: list[tuple[int, int | None, int, str, str]] = field(default_factory=list)


class Explainer:
    """Reads a platform's store, and tells in one language. Used from one thread."""

    def __init__(self, store: Store, registry: Registry, language: str = "en") -> None:
        self.store = store
        self.registry = registry
        self.language = language

    def _say(self, code: str, **values: object) -> str:
        return say(code, self.language, **values)

    def _word(self, group: str, text: object) -> str:
        return word(group, str(text), self.language)

    def channels(self) -> list[str]:
        """What can be asked for: ``device/sensor/channel``."""
        return [
            "/".join(row)
            for row in self.store.rows(
                "SELECT DISTINCT device, sensor, channel FROM readings ORDER BY 1, 2, 3"
            )
        ]

    def explain(self, name: str, begin: int, end: int) -> list[Step]:
        """Every step of a channel from begin to end, in the order of time. KeyError for a channel
        that was never heard of."""
        if name not in self.channels():
            raise KeyError(name)
        device, sensor, channel = name.split("/")
        readings = list(self._readings(device, sensor, channel, begin, end))
        steps = [*readings, *self._alarms(device, sensor, channel, begin, end)]
        steps += self._holes(device, readings, self._interval(device, sensor, channel), begin, end)
        return sorted(steps, key=lambda step: (step.begin, step.end, step.what))

    def _readings(
        self, device: str, sensor: str, channel: str, begin: int, end: int
    ) -> Iterator[Step]:
        rows = self.store.rows(
            "SELECT epoch, boot, seq, time, value, exponent, unit, quality FROM readings WHERE "
            "device=? AND sensor=? AND channel=? AND time BETWEEN ? AND ? ORDER BY time",
            (device, sensor, channel, begin, end),
        )
        found: dict[tuple[int, int, int], Step] = {}
        for epoch, boot, seq, time, value, exponent, unit, quality in rows:
            step = found.get((epoch, boot, seq))
            if step is None:
                step = found[epoch, boot, seq] = Step("reading", time, time, "")
                self._prove(step, device, epoch, TELEMETRY, seq)
            step.end = time
            step.values.append((time, value, exponent, unit, QUALITY_NAMES[quality]))
            count = len(step.values)
            step.text = self._say("several" if count > 1 else "one", count=count)
        yield from found.values()

    def _alarms(
        self, device: str, sensor: str, channel: str, begin: int, end: int
    ) -> Iterator[Step]:
        rows = self.store.rows(
            "SELECT epoch, seq, state, value, exponent, unit, direction, threshold, time "
            "FROM alarms WHERE device=? AND sensor=? AND channel=? AND time BETWEEN ? AND ?",
            (device, sensor, channel, begin, end),
        )
        for epoch, seq, state, value, exponent, unit, direction, threshold, time in rows:
            name = self._word("state", frame.ALARM_STATES[state])
            if threshold is None:
                text = self._say("alarm", state=name)
            else:
                side = "alarm.above" if direction == 1 else "alarm.below"
                limit = number(threshold, exponent)
                text = self._say(side, state=name, limit=limit, unit=unit)
            step = Step("alarm", time, time, text)
            step.values.append((time, value, exponent, unit, ""))
            proof = self._prove(step, device, epoch, ALARM, seq)
            if proof.frame is not None and proof.frame.body.get(12):
                step.text = self._say("in a drill", text=step.text)
            yield step

    def _prove(self, step: Step, device: str, epoch: int, lane: int, seq: int) -> frames.Proof:
        """Verify the frame again from its bytes, and say how it came."""
        ((data, carrier, arrived),) = self.store.rows(
            "SELECT data, carrier, arrived FROM frames "
            "WHERE device=? AND epoch=? AND lane=? AND seq=?",
            (device, epoch, lane, seq),
        )
        (proof,) = frames.verified([data], self.registry)
        name = self._word("lane", lane)
        step.frame = self._say("frame", lane=name, seq=seq, epoch=f"{epoch:08x}")
        step.carrier, step.committed = carrier, arrived
        step.genuine = not proof.error
        trouble = "foreign" if proof.device is None else "forged"
        step.proof = self._say("genuine" if step.genuine else trouble, error=proof.error)
        if proof.device is not None:
            step.kid = cose.parse1(data).kid.hex()
        return proof

    def _interval(self, device: str, sensor: str, channel: str) -> int:
        """The longest time between two readings of the channel that is no hole, in ms."""
        for (body,) in self.store.rows("SELECT body FROM schemas WHERE device=?", (device,)):
            schema = cbor.decode(body)
            for index, name, *_ in schema[4]:
                if (schema[3][index][0], name) == (sensor, channel):
                    return int(max(schema[1], schema.get(5, 0)))
        return 0

    def _holes(
        self, device: str, readings: list[Step], interval: int, begin: int, end: int
    ) -> Iterator[Step]:
        if not interval:
            return
        times = sorted(time for step in readings for time, *_ in step.values)
        edges = [begin - interval, *times, end + interval]
        for before, after in itertools.pairwise(edges):
            first, last = max(begin, before + interval), min(end, after - interval)
            if after - before > HOLE * interval and first <= last:
                yield from self._hole(device, first, last)

    def _hole(self, device: str, begin: int, end: int) -> Iterator[Step]:
        """What the records say of a span without readings; the rest is unknown."""
        rows = self.store.rows(
            "SELECT lane, first, last, reason, start, stop FROM gaps WHERE device=? "
            "AND start IS NOT NULL AND start <= ? AND (stop IS NULL OR stop >= ?) ORDER BY start",
            (device, end, begin),
        )
        known = begin
        for lane, first, last, reason, start, stop in rows:
            stop = end if stop is None else min(stop, end)
            if lane != TELEMETRY or stop < known:
                continue
            if start > known:
                yield self._unexplained(device, known, start)
            if reason == "unsealed":
                text, said_by = self._say("unsealed"), self._say("boot record")
            else:
                text = self._say("lost", reason=self._word("reason", reason))
                said_by = self._say("gap record", first=first, last=last)
            yield Step("missing", max(start, known), stop, text, proof=said_by)
            known = stop
        if known < end or known == begin:
            yield self._unexplained(device, known, end)

    def _unexplained(self, device: str, begin: int, end: int) -> Step:
        """A span that no record explains: frames that the device still holds, or nothing known."""
        around = self.store.rows(
            "SELECT epoch, MAX(seq) FROM readings WHERE device=? AND time < ? "
            "GROUP BY epoch ORDER BY MAX(time) DESC LIMIT 1",
            (device, begin),
        )
        if around:
            epoch, seq = around[0]
            after = self.store.rows(
                "SELECT MIN(seq) FROM frames WHERE device=? AND epoch=? AND lane=? AND seq>?",
                (device, epoch, TELEMETRY, seq),
            )[0][0]
            if after is not None and after > seq + 1:
                text = self._say("not come", first=seq + 1, last=after - 1)
                return Step("missing", begin, end, text, proof=self._say("sequence"))
        return Step("unknown", begin, end, self._say("unexplained"))


def number(value: int, exponent: int) -> str:
    """A value in plain decimals."""
    if exponent >= 0:
        return str(value * 10**exponent)
    sign, digits = "-" if value < 0 else "", str(abs(value)).rjust(1 - exponent, "0")
    return f"{sign}{digits[:exponent]}.{digits[exponent:]}"
