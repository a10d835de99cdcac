"""What was written and drilled at this pole within a day, from the journal's own frames: a restart
of the agent forgets no commissioning."""

from typing import Any

from agent import frame, frame_reader
from agent.agent import Agent
from agent.errors import AgentError
from agent.protocols import cose
from agent.reading import ALARM, UNSYNCED

FRAMES = 200  # of the alarm lane that are looked at
DAY_MS = 86_400_000
_ACTIONS = {"binding": "bind", "place": "place", "note": "note"}


def recollect(agent: Agent, now: int) -> list[dict[str, Any]] | None:
    """The entries, oldest first, as the page shows them; the agent learns how its drills ended.
    None while the time is not known: then nobody can tell what is of today."""
    time, quality = agent.sealer.at(now)
    if quality == UNSYNCED:
        return None
    journal = agent.ports.journal
    entries = []
    newest = journal.next_seq(ALARM)
    for seq in range(max(1, newest - FRAMES), newest):
        got = _frame(journal.read(ALARM, seq))
        if got is None or got.time_quality == UNSYNCED or not 0 <= time - got.time_ms <= DAY_MS:
            continue
        if got.kind == frame.SITE and got.body.get(1) in _ACTIONS:
            entries.append(_entry(got))
        elif got.kind == frame.DRILL and not got.body[1] and got.boot != journal.boot:
            body = got.body
            ended = (body.get(6), body.get(7), body.get(2), now - (time - got.time_ms))
            agent.drilled[body[3], body[4]] = ended
    return entries


def _frame(data: bytes | None) -> Any:
    if data is None:
        return None
    try:
        return frame_reader.decode(cose.parse1(data).payload)
    except AgentError:
        return None


def _entry(got: Any) -> dict[str, Any]:
    body = got.body
    action = _ACTIONS[body[1]]
    entry = {"action": action, "who": body.get(2), "time": got.time_ms}
    if action == "bind":
        entry["label"] = body.get(6)
    elif action == "place":
        longitude, latitude = body.get(4, (0, 0))
        entry |= {"longitude": longitude / 1e7, "latitude": latitude / 1e7, "datum": "CGCS2000"}
    else:
        entry |= {"text": body.get(6), "device": body.get(7), "channel": body.get(8)}
    return entry
