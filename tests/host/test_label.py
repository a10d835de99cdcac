"""Labels in a real Chromium: whatever the id, all of it is on the label and nothing lies on it."""

import itertools
from pathlib import Path

import pytest

from agent.protocols import sm2
from tests.host import bench_boards
from tests.host.chromium import chromium, new_page

MAC = "24:58:7c:00:00:01"
_BOXES = """() => [...document.querySelectorAll("text")].map((node) => {
  const box = node.getBBox();
  const [base, size] = ["y", "font-size"].map((name) => Number(node.getAttribute(name)));
  return [node.textContent, box.x, box.x + box.width, base, size];
})"""


@pytest.mark.parametrize(
    "pole", ["CD-JJ-0001", "人民南路下穿01", "人民南路下穿隧道东口第三号", "W" * 48]
)
def test_every_id_fits(pole: str, tmp_path: Path) -> None:
    bench_boards.need("segno")
    from provisioning import label

    _, svg, _ = label.write(tmp_path, pole, MAC, sm2.public_key(4711))
    with chromium() as browser:
        page = new_page(browser)
        page.set_content(svg.read_text(encoding="utf-8"))
        boxes = page.evaluate(_BOXES)
    assert "".join(text for text, *_ in boxes[:-2]) == pole
    assert boxes[-2][0] == MAC
    for _, left, right, base, size in boxes:
        assert left >= 24 and right <= 50 and size <= base <= 24
    for (_, _, _, above, _), (_, _, _, base, size) in itertools.pairwise(boxes):
        assert base - above >= size, "a line lies on the one above"
