"""Drills and carried acknowledgements, asked of a running agent by files in its journal's folder:
who may write there may ask (agent.linux.node_requests). Each has its answer in a file beside it.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from agent import late
from agent.agent import Agent
from agent.errors import BadFrame
from agent.linux import node_requests
from agent.linux.node_requests import take
from agent.linux.stick import split
from agent.protocols import cose

DRILL = "drill.request"
ACKNOWLEDGEMENTS = "acknowledgements.request"
_ANSWER = ".answer"


def ask(folder: Path, name: str, items: dict[str, Any]) -> dict[str, Any] | None:
    """Put a request there, and take its answer; None where no agent answers. OSError if the folder
    cannot be written."""
    answer = Path(name).with_suffix(_ANSWER).name
    take(folder, answer)
    return take(folder, answer) if node_requests.ask(folder, name, items) else None


def obey(folder: Path, agent: Agent, now: int) -> bool:
    """Do what is asked, answer, and take the request away; whether there was one."""
    asked = [name for name in (DRILL, ACKNOWLEDGEMENTS) if (folder / name).exists()]
    for name in asked:
        items = _read(folder / name)
        done = _drill(agent, items, now) if name == DRILL else _brought(agent, items, now)
        answer = (folder / name).with_suffix(_ANSWER)
        half = answer.with_suffix(".new")
        half.write_text(json.dumps(done), encoding="utf-8")
        os.replace(half, answer)
        (folder / name).unlink(missing_ok=True)
    return bool(asked)


def bring(agent: Agent, downlinks: list[bytes], now: int) -> int:
    """Take acknowledgements that somebody carried here, each for the platform whose key signed it;
    how many were genuine."""
    return sum(1 for one in downlinks if late.brought(_signed_by(agent, one), one, now))


def _signed_by(agent: Agent, downlink: bytes) -> Any:
    """The Uplink to that platform; where nobody's key fits, the first, which refuses it."""
    with contextlib.suppress(BadFrame):
        kid = cose.parse1(downlink).kid
        for uplink in agent.uplinks:
            if uplink.gate.verifier.trusts(kid):
                return uplink
    return agent.uplink


def _read(path: Path) -> dict[str, Any]:
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        items = None
    return items if isinstance(items, dict) else {}


def _drill(agent: Agent, items: dict[str, Any], now: int) -> dict[str, Any]:
    """{device, channel, for_ms, who}; for_ms 0 ends it. The answer: {why}, "" where it was done."""
    from agent import drill

    length, who = items.get("for_ms"), str(items.get("who"))
    if not isinstance(length, int) or length <= 0:
        drill.end(agent, now, drill.ENDED)
        return {"why": ""}
    begun = drill.begin(agent, now, items.get("device"), items.get("channel"), length, who)
    return {"why": begun}


def _brought(agent: Agent, items: dict[str, Any], now: int) -> dict[str, Any]:
    """{hex: acknowledgements in sequence}. The answer: {genuine, refused}."""
    written = items.get("hex")
    try:
        downlinks = list(split(bytes.fromhex(written))) if isinstance(written, str) else []
    except ValueError:
        downlinks = []
    genuine = bring(agent, downlinks, now)
    agent.log("courier", f"{genuine} genuine acknowledgements were brought")
    return {"genuine": genuine, "refused": len(downlinks) - genuine}
