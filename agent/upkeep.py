"""What is looked at once a second: the journal's room, the data of the day, calibrations that are
due, downlinks that were refused, lines that cannot keep up. A change is told in a status record.
"""

from agent.ration import DAY, OVERHEAD

EVERY = 1000
TELL_EVERY = 3600000  # between two status records that tell of what only counts up


class Upkeep:
    """overdue: [device, channel] of every calibration that is."""

    def __init__(self):
        self.overdue = []
        self._at = 0
        self._refused = 0  # downlinks, when a status told of them last
        self._skipped = 0  # read-outs, then
        self._told_at = 0

    def told(self, agent, now):
        """A status record is being made."""
        self._refused = sum(agent.uplink.gate.refused.values())
        self._skipped = _skipped(agent)
        self._told_at = now

    def step(self, agent, now):
        """Look, if it is time."""
        if now < self._at:
            return
        self._at = now + EVERY
        if agent.maintenance is not None:
            agent.maintenance.check(agent, now)
        utc_offset = agent.sealer.utc_offset
        news = self._is_overdue(agent, utc_offset, now) or self._was_refused(agent, now)
        news = self._is_behind(agent, now) or news
        if self._is_rationed(agent, now, (now + (utc_offset or 0)) // DAY) or news:
            from agent import records

            agent.store.put(now, records.status, agent, now)

    def _is_overdue(self, agent, utc_offset, now):
        if agent.quality is None or utc_offset is None:
            return False
        before = self.overdue
        self.overdue = agent.quality.overdue(now + utc_offset)
        return self.overdue != before

    def _was_refused(self, agent, now):
        refused = sum(agent.uplink.gate.refused.values())
        return refused > self._refused and now - self._told_at >= TELL_EVERY

    def _is_behind(self, agent, now):
        """Whether to tell of lines that cannot keep up: at once, then once in a while."""
        if _skipped(agent) == self._skipped:
            return False
        return not self._skipped or now - self._told_at >= TELL_EVERY

    def _is_rationed(self, agent, now, day):
        """Count what was carried; whether the ration has changed.."""
        ration = agent.ration
        total = 0
        for uplink in agent.uplinks:
            total += uplink.sent_bytes + uplink.heard_bytes + OVERHEAD * uplink.offers
        if ration.count(total, day):
            agent.latch(now)
        if not ration.judge():
            return False
        for uplink in agent.uplinks:
            uplink.backlog.lowest = ration.lowest
        for group in agent.groups:
            group.keep = ration.keep
        agent.log("ration", ration.reason or "nothing is held back any more")
        return True


def _skipped(agent):
    return sum([bus.skipped for bus in agent.buses])
