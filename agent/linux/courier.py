"""A person as a carrier: frames go to the platform in a bag, signed acknowledgements come back.

Nothing here is trusted: frames prove themselves to the platform, acknowledgements to the device. A
device forgets what an acknowledgement covers and nothing else, so a stick that is lost costs a way,
and one that comes twice costs nothing.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

from agent import frame_reader
from agent.errors import AgentError, BadFrame, NotAcknowledged
from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)
from agent.linux.commissioning.client import PageClient
from agent.linux.journal_survey import Survey
from agent.linux.readonly_flash import ReadOnlyFlash
from agent.linux.stick import split
from agent.protocols import cose
from agent.reading import DIAGNOSTIC, LANES

PATIENCE_S = 15.0  # for a connection, and for the last acknowledgement
TRIES = 3  # of one offer
LOOK_S = 0.02
MAX_BROUGHT = 100  # acknowledgements that are brought at once: later ones cover earlier ones


# From a pole.


def from_page(url: str) -> tuple[str, list[bytes]]:
    """(pole, frames that wait) from a node's page, its holdings last. NotAcknowledged where nobody
    answers."""
    page = PageClient(url)
    return str(page.state()["pole"]), list(split(page.frames()))


def from_journal(path: Path, platforms: int = 0) -> list[bytes]:
    """Frames that wait, from a journal's folder or the dump of a board's flash; also while an agent
    runs there. platforms: how many there are; 0: as many as have ever acknowledged something.
    OSError where there is no journal."""
    flash = ReadOnlyFlash(path)
    try:
        survey = Survey(flash)
        whereto = range(platforms or survey.destinations)
        journal = survey.journal
        released = [min(journal.released(lane, to) for to in whereto) for lane in LANES]
        return [one.data for one in survey.stored() if one.seq > released[one.lane]]
    finally:
        flash.close()


# To the platform.


async def deliver(carrier: Any, frames: list[bytes]) -> list[bytes]:
    """Offer all frames by a Carrier; the downlinks that came back. NotAcknowledged where there is
    no connection, or something did not get through: deliver again."""
    waiting = _bundles(frames, carrier.limit)
    out: dict[int, tuple[int, bytes, int]] = {}
    answers: list[bytes] = []
    token = 0
    up = False
    carrier.connect(_now())
    quiet_since = time.monotonic()
    try:
        while waiting or out or not answers:
            for event, detail in carrier.poll(_now()):
                quiet_since = time.monotonic()
                if event == CARRIER_UP:
                    up = True
                elif event == CARRIER_MESSAGE:
                    answers.append(detail)
                elif event == CARRIER_HOP:
                    out.pop(detail, None)
                elif event == CARRIER_FAILED:
                    lane, data, tries = out.pop(detail)
                    if tries >= TRIES:
                        raise NotAcknowledged(f"the platform refuses: {carrier.last_error}")
                    waiting.insert(0, (lane, data, tries + 1))
                elif event == CARRIER_DOWN:
                    raise NotAcknowledged(f"no connection: {detail}")
            while up and waiting and carrier.room() > 0:
                token += 1
                out[token] = waiting.pop(0)
                carrier.offer(out[token][0], out[token][1], token, True)
            if time.monotonic() - quiet_since > PATIENCE_S:
                break  # everything hopped, and nobody acknowledged: that is said by the caller
            await asyncio.sleep(LOOK_S)
        if waiting or out:
            raise NotAcknowledged("the platform does not answer")
        await _last_words(carrier, answers)
        return answers
    finally:
        carrier.close()
        if hasattr(carrier, "wait_closed"):
            await carrier.wait_closed()


async def _last_words(carrier: Any, answers: list[bytes]) -> None:
    """What comes within a second after the last message."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        for event, detail in carrier.poll(_now()):
            if event == CARRIER_MESSAGE:
                answers.append(detail)
                end = time.monotonic() + 1
        await asyncio.sleep(LOOK_S)


def _bundles(frames: list[bytes], limit: int) -> list[tuple[int, bytes, int]]:
    """(lane, frames in sequence, tries): alarms first, each lane in its order, holdings last."""
    lanes: dict[int, list[bytes]] = {}
    beacon = None
    for data in frames:
        try:
            got = frame_reader.identify(cose.parse1(data).payload)
        except AgentError:
            continue  # damaged on its way: the device still has it
        if got.seq is None:
            beacon = data  # only the newest counts
        else:
            lanes.setdefault(got.lane, []).append(data)
    bundles: list[tuple[int, bytes, int]] = []
    for lane in sorted(lanes):
        joined = b""
        for data in lanes[lane]:
            if joined and len(joined) + len(data) > limit:
                bundles.append((lane, joined, 1))
                joined = b""
            joined += data
        bundles.append((lane, joined, 1))
    if beacon is not None:
        bundles.append((DIAGNOSTIC, beacon, 1))
    if not bundles:
        raise BadFrame("there is no frame here")
    return bundles


def _now() -> int:
    return time.monotonic_ns() // 1_000_000
