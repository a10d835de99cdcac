"""The documents are part of the product: their commands run, their links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli.speech import wide
from tests.host.micropython import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)")


def commands() -> list[tuple[str, str]]:
    """(page, script) of every block that a reader may type as it stands; each script once."""
    found: dict[str, str] = {}
    for page in PAGES:
        for kind, info, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
            # The wire format's commands belong together; test_wire_format.py runs them.
            if page.name == "wire-format.md":
                continue
            if kind == "sh" and "no-test" not in info:
                found.setdefault(text, page.name)
    return [(page, script) for script, page in found.items()]


@pytest.mark.parametrize("page,script", commands())
def test_commands_run_as_they_stand(page: str, script: str) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=ROOT, env={**os.environ, "PATH": path},
        capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    if "practice" in script:
        # A label has no place where it may be broken.
        lines = [line for line in done.stdout.splitlines() if "POLE:" not in line]
        assert all(wide(line) <= 80 for line in lines), lines


def test_the_integrators_commands_are_among_them() -> None:
    assert sum("pole decode" in script for _, script in commands()) >= 1


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_technicians_page_is_whole_in_chinese() -> None:
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8")
             for name in ("technician.md", "technician.zh.md")]  # fmt: skip
    english, chinese = ([kind for kind, _, _ in _BLOCK.findall(page)] for page in pages)
    assert english == chinese
    english, chinese = (re.findall(r"^(#+ |\||- |\d\.)", page, re.MULTILINE) for page in pages)
    assert english == chinese, "headings, tables and lists in the same order"


def test_the_readmes_driver_is_a_driver() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    source = next(body for kind, _, body in _BLOCK.findall(text) if kind == "python")
    assert len(source.splitlines()) <= 12
    scope: dict[str, object] = {}
    exec(compile(source, "README.md", "exec"), scope)
    device = scope["Device"]({"address": 1})  # type: ignore[operator]
    assert [channel.name for channel in device.channels] == ["voltage", "power"]
    assert device.requests() == [(0, 2), (12, 2)]
