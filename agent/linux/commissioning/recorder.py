"""What the page remembers of an agent: each channel's last reading, and a storage that hangs.

Runs on a board, too; see agent.linux.commissioning.snapshot.
"""

from agent.reading import LANES

try:
    from typing import TYPE_CHECKING, Any

    if TYPE_CHECKING:
        from agent.reading import Reading
except ImportError:  # MicroPython evaluates no annotation
    pass

STUCK_MS = 10_000


class Recorder:
    """A watcher of the agent's readings. latest: by (device, channel), the newest reading and when
    it came."""

    def __init__(self) -> None:
        self.latest: "dict[tuple[str, str], tuple[Reading, int]]" = {}
        self._behind_since: "int | None" = None

    def judge(self, agent: "Any", device: str, readings: "list[Reading]", now: int) -> None:
        """Take in the readings of a device, as every watcher of agent.agent gets them."""
        for reading in readings:
            self.latest[(device, reading.name)] = (reading, now)

    def is_stuck(self, agent: "Any", now: int) -> bool:
        """Whether something waits for the storage for longer than any write takes. Call it with
        every look."""
        journal = agent.ports.journal
        behind = agent.store.owed or any(
            journal.durable(lane) < journal.next_seq(lane) - 1 for lane in LANES
        )
        if not behind:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = now
        return now - self._behind_since >= STUCK_MS
