"""Faults of the storage: 3 to 6 and 19 to 21 of the plan."""

import itertools

from agent import frame
from agent.reading import ALARM, DIAGNOSTIC, LANES, TELEMETRY
from tests.torture.faults_power import small
from tests.torture.station import LIMIT, MINUTE, Station
from tests.torture.trial import Fault, Trial

HEADER = 96  # bytes at the start of a sector that all of its frames depend on
HEAD = 16  # bytes of a record before its frame


def bit_rot(trial: Trial) -> None:
    """Bits flip in a journal that waits for its network: while it runs, and before it starts."""
    for restart in (False, True):
        pole = trial.pole()
        outage = pole.network.outage(pole.now + MINUTE)
        pole.run(40 * MINUTE)
        flipped = [_flip(pole) for _ in range(8)]
        touched = set().union(*(_touched(pole, at) for at in flipped))
        if restart:
            pole.cut()
        outage[1] = pole.now
        trial.settle(pole, "before a restart" if restart else "while it runs")
        lost = {key for key in pole.account.sealed if key not in pole.ingester.contents}
        trial.expect("G", lost <= touched, f"rot at {flipped} cost {sorted(lost - touched)}")
        trial.bites(flipped=len(flipped), lost=len(lost))


def _flip(pole: Station) -> int:
    """Flip a bit that is not blank; returns which byte."""
    while True:
        at = pole.dice.below(len(pole.flash.cells))
        if pole.flash.cells[at] != 0xFF:
            pole.flash.cells[at] ^= 1 << pole.dice.below(8)
            return at


def _touched(pole: Station, at: int) -> set[tuple[int, int, int]]:
    """The frames that a damaged byte may cost: its own, or all that its sector's header names."""
    size = pole.flash.sector_size
    begin = at // size * size
    end = begin + size
    if at - begin >= HEADER:
        begin, end = at, at + 1
    touched = set()
    for key, sealed in pole.account.sealed.items():
        # The damage is done: look for the longer intact part.
        half = len(sealed.data) // 2
        first = pole.flash.cells.find(sealed.data[half:]) - half
        if first < -1 - half + 1:
            first = pole.flash.cells.find(sealed.data[:half])
        if first < 0 or (first - HEAD < end and first + len(sealed.data) > begin):
            touched.add(key)
    return touched


def full_log(trial: Trial) -> None:
    """An outage that the journal is too small for: the oldest of the lowest lane goes; alarms
    stay; who may displace nobody is told so."""
    pole = trial.pole(flash=small())
    pole.account.decimates = True
    outage = pole.network.outage(pole.now + MINUTE)
    for number in range(90):
        pole.run(pole.now + MINUTE)
        pole.level.add = 1000 if number // 5 % 2 else 0
        pole.seal(DIAGNOSTIC)
    alarms = range(1, pole.journal.next_seq(ALARM))
    kept = [pole.journal.read(ALARM, seq) is not None for seq in alarms]
    trial.expect("G", all(kept), "an alarm was given up while telemetry was held")
    trial.expect("B", pole.agent.ration.keep > 1, "a full journal does not lower what is kept")
    outage[1] = pole.now
    trial.settle(pole)
    lost = len([key for key in pole.account.declared if key[1] == TELEMETRY])
    trial.bites(telemetry_lost=lost, refused=pole.refused, alarms=len(kept))


def no_space(trial: Trial) -> None:
    """The disk is full three times, for minutes, under a journal with room and under a full one:
    what is held stays, and what is new waits."""
    for sectors, sector_size in ((24, 4096), (10, 2048)):
        pole = trial.pole_on_disk(sectors, sector_size)
        pole.account.decimates = sectors < 24
        outage = pole.network.outage(pole.now + MINUTE)
        for _ in range(3):
            pole.run(pole.now + 12 * MINUTE)
            before = _held(pole)
            pole.flash.full = True
            pole.level.add = 1000
            pole.run(pole.now + 5 * MINUTE)
            trial.expect("D", _held(pole) == before, "a full disk cost what was held")
            pole.level.add = 0
            pole.flash.full = False
        trial.bites(refused=pole.flash.refused)
        outage[1] = pole.now
        trial.settle(pole, f"{sectors} sectors")
        raised = pole.alarms().count(frame.RAISED)
        trial.expect("D", raised == 3, f"{raised} of 3 alarms that waited came")


def _held(pole: Station) -> list[tuple[int, int]]:
    """(lane, seq) of all that can be read."""
    journal = pole.journal
    return [
        (lane, seq)
        for lane in LANES
        for seq in range(1, journal.next_seq(lane))
        if journal.read(lane, seq) is not None
    ]


def input_output_errors(trial: Trial) -> None:
    """Writes fail once, then all of them for a while; a sector cannot be read; a sync fails, with
    the power on and with the power lost behind it."""
    pole = trial.pole_on_disk()
    outage = pole.network.outage(pole.now + MINUTE)
    operations = pole.flash.operations
    pole.flash.failing = tuple(operations + 5 * number for number in range(1, 8))
    pole.run(20 * MINUTE)
    trial.bites(failed_once=len(pole.journal.diagnostics))
    # A sector that holds frames can be read no more: its frames are told as lost.
    waits = pole.journal.next_seq(TELEMETRY) - 15
    pole.flash.worn[pole.journal.base + pole.journal.sectors.holding(TELEMETRY, waits)] = "read"
    outage[1] = pole.now
    trial.settle(pole, "reads")
    trial.bites(unreadable=len(pole.account.declared))
    for power_lost in (False, True):
        pole = trial.pole_on_disk()
        pole.flash.sync_ms = 200
        pole.run(5 * MINUTE)
        pole.flash.failing_sync = pole.flash.syncs + 2
        if power_lost:
            while pole.flash.syncs < pole.flash.failing_sync:
                pole.run(pole.now + 1)
            pole.cut()
        pole.run(pole.now + 5 * MINUTE)
        trial.bites(ended=pole.cuts if power_lost else pole.crashes)
        trial.settle(pole, "sync fails, power lost" if power_lost else "sync fails")


def epoch_loss(trial: Trial) -> None:
    """The flash is formatted while frames wait: a new epoch, whose sequences collide with none."""
    pole = trial.pole()
    pole.run(10 * MINUTE)
    outage = pole.network.outage(pole.now)
    pole.run(pole.now + 10 * MINUTE)
    waiting = pole.journal.next_seq(TELEMETRY) - 1 - pole.journal.released(TELEMETRY)
    pole.flash.cells[:] = b"\xff" * len(pole.flash.cells)
    pole.cut()
    outage[1] = pole.now
    pole.run(pole.now + 10 * MINUTE)
    trial.settle(pole)
    epochs = {key[0] for key in pole.ingester.contents}
    trial.expect("O", len(epochs) == 2, f"{len(epochs)} epochs at the platform")
    trial.bites(formatted=len(pole.account.epochs) - 1, frames_lost=waiting)


def slow_erase(trial: Trial) -> None:
    """An erase takes 400 ms, in which nothing else is done: an alarm waits for two at the most."""
    pole = trial.pole_on_disk(12, 2048)
    disk = pole.flash
    spent = []

    def spend(ms: int) -> None:
        spent.append(ms)
        pole.now += ms
        pole.account.now = pole.now

    disk.spend, disk.erase_ms = spend, 400
    for number in range(30):
        pole.level.add = 1000 if number % 2 else 0
        pole.run(pole.now + 2 * MINUTE)
    trial.settle(pole)
    late = _lateness(pole)
    trial.expect("L", max(late) <= 1500, f"an alarm was durable after {max(late)} ms")
    trial.bites(erases=len(spent), alarms=len(late))


def _lateness(pole: Station) -> list[int]:
    """ms from each first measurement beyond the limit until its alarm was durable."""
    measured = pole.account.measured["underpass", "level"]
    rises = [
        when
        for (_, before), (when, value) in itertools.pairwise(measured)
        if before <= LIMIT < value
    ]
    sealed = sorted(part.at for key, part in pole.account.sealed.items() if key[1] == ALARM)
    return [min(at for at in sealed if at >= rise) - rise for rise in rises]


def worn_blocks(trial: Trial) -> None:
    """Sectors whose programs or erases do nothing, fail, or stick after one or two erases: what was
    told as durable is readable elsewhere."""
    for mode in ("program", "erase", "error", "endurance"):
        pole = trial.pole(flash=small(14))
        first = pole.dice.between(4, 11)
        for sector in (first, first + 1, 2 + (first + 4) % 12):
            if mode == "endurance":
                pole.flash.endurance[sector] = 1
            else:
                pole.flash.worn[sector] = mode
            if mode == "erase":
                pole.flash.cells[sector * 2048 : sector * 2048 + 512] = pole.dice.take(512)
        for _ in range(8):
            pole.run(pole.now + 10 * MINUTE)
            pole.seal(ALARM)
        trial.bites(**{f"retired_{mode}": len(pole.journal.diagnostics)})
        pole.cut()
        pole.run(pole.now + 10 * MINUTE)
        trial.settle(pole, mode)
        lost = set(pole.account.sealed) - set(pole.ingester.contents)
        trial.expect("D", not lost, f"{mode}: worn sectors cost {sorted(lost)[:3]}")


FAULTS = (
    Fault(3, "bit rot", "WGS", bit_rot),
    Fault(4, "full log", "GB", full_log),
    Fault(5, "no space on the disk", "SG", no_space),
    Fault(6, "input/output error", "DWG", input_output_errors),
    Fault(19, "epoch loss", "O", epoch_loss),
    Fault(20, "slow erase", "L", slow_erase),
    Fault(21, "worn block", "D", worn_blocks),
)
