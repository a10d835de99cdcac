"""Whether a handover sheet is genuine: its device signed its facts, and what it shows of them.

What proves a sheet hangs on no words: the device signs the SM3 of the facts and of the text as it
was made. A sheet that is older than that has the facts alone signed; it is rendered again, in every
wording that there was (earlier_words), and has to be one of those, letter by letter.
"""

import json
import re
from typing import Any

from agent import frame, frame_reader
from agent.errors import BadFrame
from agent.linux.commissioning import advice, sheet
from agent.linux.commissioning.earlier_words import EARLIER
from agent.linux.commissioning.words import LANGUAGES, Wording
from agent.ports import Verifier
from agent.protocols import cose

# Why a sheet is not proven.
NO_SHEET = "this is no handover sheet"
OTHER_FACTS = "its facts are not what its device signed"
OTHER_TEXT = "what it shows is not what its device signed"
UNKNOWN_TEXT = "what it shows is in no wording that is known, and no device signed it"

_PARTS = re.compile(
    r'<html lang="(?P<language>\w+)">.*<code id="frame">(?P<frame>[0-9a-f]+)</code>'
    r'.*<script type="application/json" id="facts">(?P<facts>.*?)</script>',
    re.DOTALL,
)


def verify(text: str, verifier: Verifier) -> dict[str, Any]:
    """The facts of a sheet, proven. BadFrame with one of the reasons above; BadSignature where no
    device that verifier knows signed it."""
    parts = _PARTS.search(text)
    if parts is None or parts["language"] not in LANGUAGES:
        raise BadFrame(NO_SHEET)
    try:
        data = bytes.fromhex(parts["frame"])
        found = json.loads(parts["facts"])
    except (ValueError, RecursionError):
        raise BadFrame(NO_SHEET) from None
    signed = _signed(data, verifier)
    if not _agree(found, signed, data):
        raise BadFrame(OTHER_FACTS)
    if 4 in signed:
        if signed[4] != sheet.digest_shown(
            text[: parts.start("frame")] + text[parts.end("frame") :]
        ):
            raise BadFrame(OTHER_TEXT)
    elif not any(text == _again(found, data, each) for each in _wordings(parts["language"])):
        raise BadFrame(UNKNOWN_TEXT)
    return dict(found)


def _signed(data: bytes, verifier: Verifier) -> dict[int, Any]:
    """The body of the frame, proven."""
    try:
        got = frame_reader.decode(cose.open1(data, verifier))
    except BadFrame:
        raise BadFrame(NO_SHEET) from None
    if got.kind != frame.HANDOVER or got.undecoded:
        raise BadFrame(NO_SHEET)
    return dict(got.body)


def _agree(found: Any, signed: dict[int, Any], data: bytes) -> bool:
    """Whether the device that the facts name signed these facts."""
    try:
        if signed.get(3) != sheet.digest(found):
            return False
        own = found["device"] == cose.parse1(data).kid.hex()
        return own and advice.STATES.index(found["state"]) == signed.get(1)
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _wordings(language: str) -> list[Wording]:
    return [Wording(language, former) for former in ({}, *EARLIER[language])]


def _again(found: dict[str, Any], data: bytes, wording: Wording) -> str | None:
    """The sheet in that wording; None for facts that are older still, and lack what it shows."""
    try:
        return sheet.render(found, data, wording)
    except KeyError:
        return None
