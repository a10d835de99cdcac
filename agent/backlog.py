"""Which frame goes next to a destination: alarms first, then telemetry; but a status that tells
what the pole gives up does not wait for a backlog of days: diagnostics have one offer in so many.
In a lane what the platform misses goes first, then what it has never been sent. What the journal
no longer holds is noted, to be told.
"""

from agent.reading import ALARM, DIAGNOSTIC, LANES, TELEMETRY

TELL_AGAIN = 10 * 60 * 1000  # ms; a hole that is still asked for after this is told again
MAX_TOLD = 16  # holes that are remembered as told
MAX_WANTED = 64  # frames of one range that are wanted, at the most
TURN = 8  # offers of telemetry, after which a diagnostic frame that waits goes before the next one


class Backlog:
    """lowest: the lowest lane that is sent, for a data budget may hold lanes back; holes: [lane,
    first, last] of what was to be sent and is not held."""

    def __init__(self, journal, destination):
        self.journal = journal
        self.destination = destination
        self.lowest = DIAGNOSTIC
        self.holes = []
        self._next = {}  # by lane, what follows what was sent
        self._wanted = []  # (lane, seq) that is to go again
        self._told = []  # (lane, first, last, instant)
        self._passed = 0  # offers of telemetry since the last one of diagnostics

    def begin(self, lane):
        """Send the lane from its oldest frame on that is not released."""
        self._next[lane] = self.journal.tail(lane, self.destination)

    def go_back(self, frames):
        """The connection is gone: go on with those (lane, seq) that were on their way."""
        for lane, seq in frames:
            self._next[lane] = min(seq, self._next.get(lane, seq))
        self._wanted = []

    def want(self, ranges, flights, now):
        """Only what the platform misses goes again, unless it may still be under way."""
        self._wanted = []
        for lane, first, last in ranges:
            first = max(first, self._released(lane) + 1)
            last = min(last, self._next.get(lane, 1) - 1, first + MAX_WANTED - 1)
            for seq in range(first, last + 1):
                if not flights.may_arrive(lane, seq, now):
                    self._wanted.append((lane, seq))

    def want_again(self, frames):
        """Those (lane, seq) got lost on their way."""
        self._wanted.extend(frames)

    def first(self):
        """The next frame to send, as (lane, seq); (None, 0) if there is none."""
        for lane in LANES if self._passed < TURN else (ALARM, DIAGNOSTIC, TELEMETRY):
            if lane > self.lowest:
                continue
            for item in self._wanted:
                if item[0] == lane:
                    return item
            seq = max(self._next.get(lane, 1), self._released(lane) + 1)
            if seq <= self.journal.durable(lane):
                return lane, seq
        return None, 0

    def take(self, lane, seq):
        """An offer begins with this frame, which was the first."""
        if (lane, seq) in self._wanted:
            self._wanted.remove((lane, seq))
        else:
            self._next[lane] = seq + 1
        if lane != ALARM:
            self._passed = self._passed + 1 if lane == TELEMETRY else 0

    def behind(self, lane, seq, room):
        """The frame behind one that was taken, taken, too; None if it is not the next one of its
        lane, or larger than room."""
        if self._next.get(lane) == seq + 1 <= self.journal.durable(lane):
            data = self.journal.read(lane, seq + 1)
            if data is not None and len(data) <= room:
                self._next[lane] = seq + 2
                return data
        return None

    def hole(self, lane, seq, now):
        """A frame that the journal no longer holds: noted, for a GAP frame to tell it. Told again
        only after a while: the GAP frame, too, may be given up before it arrives."""
        self._told = [part for part in self._told if now - part[3] < TELL_AGAIN]
        for part in self._told + self.holes:
            if part[0] == lane and part[1] <= seq <= part[2]:
                return
        held = self.journal.next_held(lane, seq)
        last = max(seq, held - 1)
        if self._next[lane] == seq + 1:
            self._next[lane] = held
        self._told = self._told[1 - MAX_TOLD :]
        self._told.append((lane, seq, last, now))
        if self.holes and self.holes[-1][0] == lane and self.holes[-1][2] == seq - 1:
            self.holes[-1][2] = last
        else:
            self.holes.append([lane, seq, last])

    def turn(self, dice):
        """Begin with another hole. dice: 0 to 255."""
        turn = dice % len(self.holes)
        self.holes = self.holes[turn:] + self.holes[:turn]

    def _released(self, lane):
        return self.journal.released(lane, self.destination)
