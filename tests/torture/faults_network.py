"""Faults of the network and of the platform's end of it: 8 to 12 of the plan."""

from agent import frame, frame_reader
from agent.protocols import cose
from agent.reading import LANES
from simulators.world.signer import DigestSigner
from tests.torture.station import EVERY, MINUTE, Station
from tests.torture.trial import Fault, Trial
from tests.torture.world import DEVICE, PLATFORM


def broker_restart(trial: Trial) -> None:
    """The broker confirms frames and loses some before they are stored; then it is gone for half a
    minute, and has forgotten its sessions, too. Eight times."""
    pole = trial.pole()
    for _ in range(8):
        pole.network.uncommitted = 500
        pole.run(pole.now + 2 * MINUTE)
        pole.network.uncommitted = 0
        pole.network.forget_sessions()
        outage = pole.network.outage(pole.now)
        pole.run(pole.now + MINUTE // 2)
        outage[1] = pole.now
        pole.run(pole.now + MINUTE)
    trial.settle(pole)
    trial.bites(confirmed_and_lost=pole.network.dropped, sent_again=pole.told("connected") - 1)


def half_open(trial: Trial) -> None:
    """Everything is swallowed for ten minutes, and nobody says so; then the way comes back, but
    what is on it has forgotten the connection."""
    pole = trial.pole()
    pole.run(5 * MINUTE)
    pole.network.half_open = True
    pole.level.add = 1000  # an alarm meanwhile
    pole.run(pole.now + 10 * MINUTE)
    pole.network.half_open = False
    pole.run(pole.now + 5 * MINUTE)
    trial.expect("L", pole.alarms()[:1] == [frame.RAISED], "the alarm did not come in 5 minutes")
    swallowed = pole.network.lost
    pole.network.orphan(pole.now)
    since = pole.now
    pole.run(pole.now + 3 * MINUTE)
    trial.expect("L", pole.uplink.acknowledged_at > since, "a dead connection was not given up")
    trial.settle(pole)
    trial.bites(swallowed=swallowed, forgotten=pole.network.orphaned)


class _Repeater:
    """Stands before the platform: old acknowledgements come again, a few times, in any order."""

    def __init__(self, pole: Station, copies: int, old_ones: bool) -> None:
        self.pole = pole
        self.copies = copies
        self.old_ones = old_ones
        self.old: list[bytes] = []
        self.sent = self.backward = self.beyond = 0
        self._before = [0, 0, 0]
        self._platform = pole.network.receive
        pole.network.receive = self.receive

    def receive(self, now: int, device: str, lane: int, data: bytes, ask: bool) -> list[bytes]:
        """Of the platform, and what comes again."""
        answers: list[bytes] = self._platform(now, device, lane, data, ask)
        journal = self.pole.journal
        cursors = [journal.released(lane) for lane in LANES]
        self.backward += any(new < old for new, old in zip(cursors, self._before, strict=True))
        self.beyond += any(journal.released(lane) >= journal.next_seq(lane) for lane in LANES)
        self._before = cursors
        self.old += answers
        if not self.old:
            return answers
        again = [
            self.old[self.pole.dice.below(len(self.old))] if self.old_ones else self.old[-1]
            for _ in range(self.copies)
        ]
        self.sent += len(again)
        return answers + again


def _settle_cursors(trial: Trial, pole: Station, repeater: _Repeater) -> None:
    trial.settle(pole)
    trial.expect("O", not repeater.backward, "a cursor went back")
    trial.expect("O", not repeater.beyond, "a cursor went beyond the last frame")


def duplicate_acknowledgements(trial: Trial) -> None:
    """Every acknowledgement comes five times."""
    pole = trial.pole()
    repeater = _Repeater(pole, 4, old_ones=False)
    pole.network.loss = pole.network.duplication = 100
    pole.run(20 * MINUTE)
    _settle_cursors(trial, pole, repeater)
    trial.bites(copies=repeater.sent)


def other_acknowledgements(trial: Trial) -> None:
    """Stale ones in any order; ones from the future, of another epoch, for another device, of
    another platform, and cut off."""
    pole = trial.pole()
    repeater = _Repeater(pole, 3, old_ones=True)
    pole.network.reordering = 300
    pole.network.loss = 100
    outage = None
    for number in range(20):
        pole.run(pole.now + MINUTE)
        for data in _wrong(pole, number):
            pole.network.downlink("pole", data)
        if number == 10:
            outage = pole.network.outage(pole.now, pole.now + 4 * MINUTE)
    uplink = pole.uplink
    trial.bites(
        copies=repeater.sent,
        delayed=pole.network.delayed,
        stale=uplink.stale,
        forged=uplink.gate.refused.get("forged", 0),
        foreign=uplink.gate.refused.get("for another device", 0),
        outages=outage is not None,
    )
    _settle_cursors(trial, pole, repeater)


def _wrong(pole: Station, number: int) -> list[bytes]:
    """Acknowledgements of all frames up to the last and beyond, none of which may count."""
    platform, stranger = DigestSigner(PLATFORM), DigestSigner(b"stranger")
    device, other = DigestSigner(DEVICE).kid, stranger.kid
    epoch, utc = pole.journal.epoch, pole.ingester.utc_offset + pole.now
    last = {lane: pole.journal.next_seq(lane) - 1 for lane in LANES}
    beyond = {lane: seq + 1000 + number for lane, seq in last.items()}

    def signed(signer: DigestSigner, to: bytes, of: int, acked: dict[int, int]) -> bytes:
        ack = frame.Acknowledgement(to, of, acked, [(1, 1, 1 << 40)], [], utc)
        return bytes(cose.sign1(frame_reader.encode_acknowledgement(ack), signer))

    return [
        signed(platform, device, epoch, beyond),
        signed(platform, device, epoch ^ 1, last),
        signed(platform, other, epoch, last),
        signed(stranger, device, epoch, last),
        signed(platform, device, epoch, last)[:-7],
    ]


def names_not_found(trial: Trial) -> None:
    """The address cannot be found: no such name, no answer, the wrong host; then slowly found."""
    pole = trial.pole()
    pole.run(5 * MINUTE)
    for lookup in (
        (50, "no such name"),
        (30000, "no answer from the name server"),
        (2000, "the certificate is another one's"),
    ):
        pole.network.lookup = lookup
        pole.network.orphan(pole.now)
        pole.run(pole.now + 10 * MINUTE)
    refused = pole.network.refused
    # With a pause of 15 to 30 s between two attempts, and shorter ones at first.
    trial.expect("B", refused < 30 * MINUTE // 10000, f"{refused} attempts in half an hour")
    pole.network.lookup = (8000, "")
    slots = len({at // EVERY for at, _ in pole.account.measured["cover", "roll"]})
    trial.expect("L", slots >= 35 * 6 - 2, f"{slots} slots sampled in 35 minutes")
    trial.settle(pole)
    trial.bites(refused=refused)


BOTH = (False, True)
FAULTS = (
    Fault(8, "broker restart", "DL", broker_restart, BOTH),
    Fault(9, "half-open connection", "L", half_open, BOTH),
    Fault(10, "duplicate acknowledgements", "O", duplicate_acknowledgements, BOTH),
    Fault(11, "stale and foreign acknowledgements", "O", other_acknowledgements, BOTH),
    Fault(12, "name not found", "LB", names_not_found, BOTH),
)
