"""A real headless Chromium for the tests of the page."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_PATIENCE_MS = 120_000  # with a machine that has other things to do
PROGRAM = Path("/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run")  # fmt: skip

# Every element that holds text of its own: that text, and its contrast against its ground, by the
# formula of WCAG 2.2 (relative luminance, contrast ratio).
CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
  };
  return [...document.querySelectorAll("body *")]
    .filter((node) => [...node.childNodes].some((it) => it.nodeType === 3 && it.data.trim()))
    .filter((node) => node.checkVisibility())
    .map((node) => {
      const pair = [light(parse(getComputedStyle(node).color)), light(ground(node))];
      const [low, high] = pair.sort((a, b) => a - b);
      return [node.textContent.slice(0, 30), (high + 0.05) / (low + 0.05)];
    });
}"""


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser; the test is skipped where there is none, but fails in CI."""
    if not PROGRAM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PROGRAM, args=FLAGS, timeout=_PATIENCE_MS
        )
        yield browser
        browser.close()


def new_page(browser: Any, **more: Any) -> Any:
    """A page in a context of its own, which ends with it; more: as for Browser.new_page."""
    page = browser.new_page(**more)
    page.set_default_timeout(_PATIENCE_MS)
    return page


def text(page: Any, selector: str) -> str:
    """The text of the first match, without no-break spaces and line breaks."""
    return " ".join(page.locator(selector).first.inner_text().replace("\xa0", " ").split())
