"""Requests to the agent that runs in a journal's folder, as files: who may write there may ask.

One file a request, written whole or not at all, taken away when it was obeyed.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from agent import maintenance
from agent.agent import Agent
from agent.linux import journal_lock

MAINTENANCE = "maintenance.request"
RELAY = "relay.request"
ORDER = "order.request"
ORDER_ANSWER = "order.answer"
_TAKEN_WITHIN_S = 15.0
_LOOK_S = 0.1


def ask(folder: Path, name: str, items: dict[str, Any]) -> bool:
    """Put a request there, and wait until the agent took it. False, and nothing left behind, at
    once if none runs here, or if it did not within 15 s. OSError if the folder cannot be written.
    """
    if not journal_lock.is_taken(folder):
        return False
    path = folder / name
    half = path.with_suffix(".new")
    half.write_text(json.dumps(items), encoding="utf-8")
    os.replace(half, path)
    end = time.monotonic() + _TAKEN_WITHIN_S
    while path.exists() and time.monotonic() < end:
        time.sleep(_LOOK_S)
    if not path.exists():
        return True
    path.unlink(missing_ok=True)
    return False


def wait_for(folder: Path, name: str, seconds: float) -> list[str] | None:
    """The answer to a request, taken away; None if there is none in time."""
    path = folder / name
    end = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > end:
            return None
        time.sleep(_LOOK_S)
    answer: list[str] = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return answer


def obey(folder: Path, agent: Agent, now: int) -> bool:
    """Take away what is asked, and do what makes sense of it; whether anything was asked."""
    asked = False
    items = take(folder, MAINTENANCE)
    if items is not None:
        asked = True
        who, why = str(items.get("who")), str(items.get("why"))
        if _length(items):
            maintenance.begin(agent, now, _length(items), who, why)
        else:
            maintenance.end(agent, now, why or f"by {who}")
    items = take(folder, RELAY)
    if items is not None and agent.actuation is not None:
        asked = True
        value = items.get("value")
        agent.actuation.order(
            items.get("device"), items.get("relay"), value if value in (0, 1) else None, now,
            _length(items), str(items.get("who")),
        )  # fmt: skip
    items = take(folder, ORDER)
    if items is not None:
        asked = True
        _hand(folder, agent, items, now)
    return asked


def _hand(folder: Path, agent: Agent, items: dict[str, Any], now: int) -> None:
    """Signed orders that somebody brought: whoever may write here can hand them in, but no more."""
    from agent.obey import hand

    try:
        orders = [bytes.fromhex(order) for order in items["orders"]]
    except (KeyError, TypeError, ValueError):
        return
    answer = folder / ORDER_ANSWER
    half = answer.with_suffix(".new")
    half.write_text(json.dumps([hand(agent, order, now) for order in orders]), encoding="utf-8")
    os.replace(half, answer)


def _length(items: dict[str, Any]) -> int:
    length = items.get("for_ms")
    return max(0, length) if isinstance(length, int) else 0


def take(folder: Path, name: str) -> dict[str, Any] | None:
    """The request of that name, taken away; None if there is none, or none that can be read."""
    path = folder / name
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        items = None
    path.unlink(missing_ok=True)
    return items if isinstance(items, dict) else None
