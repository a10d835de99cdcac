"""The label of a board: its id and a QR code with id, MAC and public key, as PNG, SVG, and a sheet
to print.
"""

import io
from html import escape
from pathlib import Path
from unicodedata import east_asian_width

import segno

from agent.linux import whole_files
from agent.protocols import sm2

# A label of 50 x 25 mm. The code is 23 mm wide: a phone reads its modules of 0.4 mm.
_WIDTH, _HEIGHT, _CODE = 50, 25, 23
_COLUMNS = 16  # of an id, in a line: Chinese letters take two

_SHEET = """<!doctype html>
<html lang="zh"><meta charset="utf-8"><title>标签 Labels</title>
<style>
@page {{ size: A4; margin: 10mm }}
body {{ margin: 0; display: flex; flex-wrap: wrap; gap: 2mm }}
img {{ width: 50mm; height: 25mm; break-inside: avoid }}
</style>
{labels}
</html>
"""


def text(pole_id: str, mac: str, public: bytes) -> str:
    """What the code says: ``POLE:id/mac/public key``, in digits and capitals where it can be."""
    return f"POLE:{pole_id}/{mac.replace(':', '').upper()}/{public.hex().upper()}"


def write(folder: Path, pole_id: str, mac: str, public: bytes) -> list[Path]:
    """Write PNG (the code alone) and SVG (the label), and renew ``labels.html``, the sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    code = segno.make(text(pole_id, mac, public), error="m", micro=False)
    name = pole_id.replace("/", "_")
    paths = [folder / f"{name}.png", folder / f"{name}.svg", folder / "labels.html"]
    image = io.BytesIO()
    code.save(image, kind="png", scale=6)
    whole_files.replace(paths[0], image.getvalue())
    with whole_files.alone(folder):  # of several boards at once, the last sheet has all labels
        whole_files.replace(paths[1], _svg(code, pole_id, mac, public).encode("utf-8"))
        labels = "\n".join(
            f'<img src="{escape(path.name)}" alt="{escape(path.stem)}">'
            for path in sorted(folder.glob("*.svg"))
        )
        whole_files.replace(paths[2], _SHEET.format(labels=labels).encode("utf-8"))
    return paths


def _svg(code: segno.QRCode, pole_id: str, mac: str, public: bytes) -> str:
    width = code.symbol_size()[0]
    inner = code.svg_inline(omitsize=True)
    name = _broken(pole_id)
    lines = [(5 + 4 * at, 3.6, "bold", part) for at, part in enumerate(name)]
    below = 5 + 4 * len(name)
    lines += [
        (below + 1, 2.4, "normal", mac),
        (below + 4, 2.4, "normal", f"key {sm2.kid(public).hex()}"),
    ]
    room = _WIDTH - _CODE - 4
    words = "".join(
        f'<text x="{_CODE + 2}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'font-family="sans-serif"{_squeezed(line, size, room)}>{escape(line)}</text>'
        for y, size, weight, line in lines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}mm" height="{_HEIGHT}mm" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<svg x="1" y="1" width="{_CODE}" height="{_CODE}" viewBox="0 0 {width} {width}">'
        f"{inner}</svg>{words}</svg>\n"
    )


def _broken(pole_id: str) -> list[str]:
    """An id in lines of at most _COLUMNS."""
    lines = [""]
    for letter in pole_id:
        if _columns(lines[-1] + letter) > _COLUMNS:
            lines.append("")
        lines[-1] += letter
    return lines


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _squeezed(line: str, size: float, room: float) -> str:
    """A line that is too long is made narrower, never cut off."""
    if _columns(line) * size * 0.6 <= room:
        return ""
    return f' textLength="{room}" lengthAdjust="spacingAndGlyphs"'
