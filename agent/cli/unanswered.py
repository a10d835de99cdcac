"""What a command says where the agent that it asked did not take it."""

from pathlib import Path

from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.speech import Speaker
from agent.linux import journal_lock


def say(settings: Path, journal: Path, language: str | None = None) -> int:
    """Say whether an agent runs there at all; the command's exit status."""
    code = "agent-silent" if journal_lock.is_taken(journal) else "no-agent"
    Speaker(language, FIELD_TEXTS).complain(code, file=settings)
    return 1
