"""What a technician with the code may write: each leaves a signed record in the alarm lane.

Every function is called in the agent's thread, between two steps, with what the page sent and the
name of whoever did. Refused is one of the codes of ``words`` ("refused.…").
"""

from collections.abc import Callable
from typing import Any

from agent import drill, frame, maintenance
from agent.agent import Agent
from agent.errors import BadSettings
from agent.reading import HOLDOVER

MAX_TEXT = 200
MAX_ID = 48
BINDING, PLACE, NOTE = "binding", "place", "note"
PHONE_UNCERTAINTY_MS = 60_000  # nobody knows how right a phone's clock is
EARLIEST_MS, LATEST_MS = 1_735_689_600_000, 4_102_444_800_000  # 2025 to 2100
LABEL = "POLE:"


class Refused(Exception):
    """Nothing was written. code: why, as words has it; values: what is filled in."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def bind(agent: Agent, items: dict[str, Any], who: str, now: int) -> None:
    """{label}: what the QR code says, as provisioning.label writes it: POLE:id/mac/public key; or
    POLE:id alone, as a plate on a pole may say. It must be this pole, and this device."""
    label = _text(items, "label")
    pole, _, rest = label.removeprefix(LABEL).partition("/")
    if not label.startswith(LABEL) or not 0 < len(pole.encode()) <= MAX_ID:
        raise Refused("refused.label")
    if pole != agent.settings.pole_id:
        raise Refused("refused.pole", name=pole, own=agent.settings.pole_id)
    public = rest.rpartition("/")[2]
    if rest and not _is_own(agent, public):
        raise Refused("refused.key")
    _site(agent, BINDING, who, now, {3: pole, 6: label})


def _is_own(agent: Agent, public: str) -> bool:
    from agent.protocols import sm2

    try:
        return bool(sm2.kid(bytes.fromhex(public)) == agent.sealer.signer.kid)
    except ValueError:
        return False


def place(agent: Agent, items: dict[str, Any], who: str, now: int) -> None:
    """{longitude, latitude, datum}: kept as CGCS2000."""
    from provisioning.authority import coordinates

    datum = items.get("datum")
    try:
        where = coordinates.place(float(items["longitude"]), float(items["latitude"]), str(datum))
    except (KeyError, TypeError, ValueError, BadSettings):
        raise Refused("refused.place") from None
    body = {3: agent.settings.pole_id, 4: [where.longitude, where.latitude], 5: datum}
    _site(agent, PLACE, who, now, body)


def note(agent: Agent, items: dict[str, Any], who: str, now: int) -> None:
    """{text, device, channel}: a calibration, say; about one channel, or the whole pole."""
    body: dict[int, Any] = {3: agent.settings.pole_id, 6: _text(items, "text")}
    device, channel = items.get("device"), items.get("channel")
    if device or channel:
        known = [
            (one.name, part.name)
            for bus in agent.buses
            for one in bus.devices
            for part in one.channels
        ]
        if (device, channel) not in known:
            raise Refused("refused.channel")
        body |= {7: device, 8: channel}
    _site(agent, NOTE, who, now, body)


def time(agent: Agent, items: dict[str, Any], who: str, now: int) -> None:
    """{utc_ms}: the time of the phone, where there is no better one; never over one."""
    utc = items.get("utc_ms")
    if not isinstance(utc, int) or not EARLIEST_MS <= utc < LATEST_MS:
        raise Refused("refused.time")
    if agent.sealer.utc_offset is not None:
        raise Refused("refused.time known")
    agent.learn_time(now, utc, PHONE_UNCERTAINTY_MS, f"by {who}", HOLDOVER)


def check_length(items: dict[str, Any]) -> int:
    """The length of a drill in ms, if it is one."""
    length = items.get("for_ms")
    if not isinstance(length, int) or not 0 < length <= drill.LONGEST:
        raise Refused("refused.length")
    return length


def begin_drill(agent: Agent, items: dict[str, Any], who: str, now: int) -> None:
    """{device, channel, for_ms}"""
    length = check_length(items)
    why = drill.begin(agent, now, items.get("device"), items.get("channel"), length, who)
    if why:
        raise Refused(f"refused.{why}")


def end_drill(agent: Agent, items: dict[str, Any], who: str, now: int) -> None:
    """Whoever began it."""
    drill.end(agent, now, drill.ENDED)


def check_pause(items: dict[str, Any]) -> int:
    """The length of maintenance in ms, if it is one; 0 ends it."""
    length = items.get("for_ms")
    if not isinstance(length, int) or not 0 <= length <= maintenance.LONGEST:
        raise Refused("refused.length")
    return length


def maintain(agent: Agent, items: dict[str, Any], who: str, now: int) -> None:
    """{for_ms, why}: mute the alarms, 0 ends it."""
    length = check_pause(items)
    if length:
        maintenance.begin(agent, now, length, who, str(items.get("why") or ""))
    else:
        maintenance.end(agent, now, f"by {who}")


_Action = Callable[[Agent, dict[str, Any], str, int], None]

# By name: what does it, and what of the request it looks at.
ACTIONS: dict[str, tuple[_Action, tuple[str, ...]]] = {
    "bind": (bind, ("label",)),
    "place": (place, ("longitude", "latitude", "datum")),
    "note": (note, ("text", "device", "channel")),
    "time": (time, ("utc_ms",)),
    "drill": (begin_drill, ("device", "channel", "for_ms")),
    "end drill": (end_drill, ()),
    "maintenance": (maintain, ("for_ms", "why")),
}


def _site(agent: Agent, what: str, who: str, now: int, more: dict[int, Any]) -> None:
    agent.log("site", f"{what} by {who}")
    agent.tell(frame.SITE, {1: what, 2: who, **more}, now)


def _text(items: dict[str, Any], key: str) -> str:
    text = items.get(key)
    if not isinstance(text, str) or not text.strip() or len(text.encode()) > MAX_TEXT:
        raise Refused("refused.text", most=str(MAX_TEXT))
    return text.strip()
