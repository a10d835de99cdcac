"""The handover sheet: one HTML file for paper and screen, which proves itself.

It holds its facts as JSON, and a handover frame of the device (docs/wire-format.md, kind 12) that
signs the SM3 of the facts, and of the whole text around the frame: what a person reads is what was
signed, in whatever words (agent.linux.commissioning.proof).
"""

import json
import time
from html import escape
from typing import Any

from agent.linux.commissioning import advice
from agent.linux.commissioning.words import Wording
from agent.protocols import sm3

_COPIED = ("pole", "place", "device", "software", "settings", "runtime", "time", "state", "journal")
_CHANNEL = ("device", "channel", "value", "exponent", "unit", "quality", "alarms", "drilled")
# SenML names (RFC 8428, RFC 8798) as people write them; others stay as they are.
_UNITS = {"Cel": "°C", "deg": "°", "ug/m3": "µg/m³", "%RH": "% RH", "/": ""}
_STYLE = """
body { margin: 1rem auto; max-width: 46rem; padding: 0 1rem; color: #000; background: #fff;
  font: 1rem/1.4 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 1.25rem 0 .25rem; }
.state { display: inline-block; padding: .25rem .75rem; border: 3px solid #000; font-size: 1.4rem;
  font-weight: 700; }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid #777;
  padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
li, code { overflow-wrap: anywhere; } code { font-size: .7rem; } @page { size: A4; margin: 15mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 10pt; } }
"""


def facts(seen: dict[str, Any], who: str) -> dict[str, Any]:
    """What the sheet says, from a snapshot."""
    return {
        **{name: seen[name] for name in _COPIED},
        "who": who,
        "acknowledged": seen["uplink"]["acknowledged"],
        "channels": [{name: one[name] for name in _CHANNEL} for one in seen["channels"]],
        "written": seen["written"],
    }


def handover(found: dict[str, Any], language: str) -> dict[int, Any]:
    """The body of the frame that signs a sheet of these facts, as it is rendered now."""
    shown = render(found, b"", Wording(language))
    state = advice.STATES.index(found["state"])
    return {1: state, 2: found["who"], 3: digest(found), 4: digest_shown(shown)}


def digest(found: Any) -> bytes:
    """SM3 over the facts, as they are written."""
    return bytes(sm3.digest(_written(found).encode()))


def digest_shown(shown: str) -> bytes:
    """SM3 over the sheet as it was made, without the digits of its frame."""
    return bytes(sm3.digest(shown.encode()))


def _written(found: Any) -> str:
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def render(found: dict[str, Any], data: bytes, wording: Wording) -> str:
    """The sheet; data: the device's handover frame."""

    def text(code: str, **values: object) -> str:
        return escape(wording.say(code, **values))

    title = text("sheet", name=found["pole"])
    rows = "".join(_channel(one, wording) for one in found["channels"])
    heads = "".join(f"<th>{text(f'sheet.{name}')}</th>" for name in ("channel", "value", "drill"))
    about = "".join(
        f"<tr><th>{text(f'fact.{name}')}</th><td>{escape(str(found[name]))}</td></tr>"
        for name in ("place", "device", "software", "settings", "runtime")
        if found[name]
    )
    lanes = "".join(f"<li>{escape(_lane(lane, wording))}</li>" for lane in found["journal"])
    when = _moment(found["time"], wording)
    return (
        f'<!doctype html>\n<html lang="{wording.language}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
        f'<p class="state" data-state="{escape(found["state"])}">'
        f"{text('state.' + found['state'])}</p>\n"
        f"<p>{text('sheet.by', who=found['who'], time=when)}</p>\n"
        f"<h2>{text('facts')}</h2><table>{about}</table>\n"
        f"<h2>{text('sheet.channels')}</h2><table><tr>{heads}</tr>{rows}</table>\n"
        f"<h2>{text('sheet.written')}</h2><ul>{_notes(found['written'], wording)}</ul>\n"
        f"<h2>{text('sheet.journal')}</h2><ul>{lanes}</ul>"
        f"<p>{escape(_heard(found, wording))}</p>\n"
        f"<h2>{text('sheet.signature')}</h2><p>{text('sheet.verify')}</p>"
        f'<p><code id="frame">{data.hex()}</code></p>\n'
        f'<script type="application/json" id="facts">{_written(found)}</script>\n</body>\n</html>\n'
    )


def _channel(one: dict[str, Any], wording: Wording) -> str:
    value = "—" if one["value"] is None else quantity(one)
    quality = wording.word("quality", one["quality"])
    cells = (
        f"{one['device']} · {wording.word('channel', one['channel'])}",
        wording.say("sheet.reading", value=value, quality=quality),
        _drill(one, wording),
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _drill(one: dict[str, Any], wording: Wording) -> str:
    if not one["alarms"]:
        return ""
    if one["drilled"] is None:
        return wording.say("drill.none")
    raised, sealed, acknowledged = one["drilled"]["ms"]
    return wording.say(
        f"drill.{one['drilled']['outcome']}",
        raised=raised, sealed=sealed, acknowledged=acknowledged,
    )  # fmt: skip


def _notes(written: list[dict[str, Any]], wording: Wording) -> str:
    if not written:
        return f"<li>{escape(wording.say('sheet.nothing'))}</li>"
    lines = []
    for one in written:
        what = wording.word("action", one["action"])
        entry = _entry(one, wording)
        line = wording.say("sheet.entry", what=what, entry=entry, who=one["who"])
        lines.append(f"<li>{escape(line)}</li>")
    return "".join(lines)


def _entry(one: dict[str, Any], wording: Wording) -> str:
    """What was entered, in the order in which people say it."""
    about = "/".join(str(one[name]) for name in ("device", "channel") if one.get(name))
    order = ("label", "longitude", "latitude", "datum", "text", "utc_ms", "why")
    rest = [str(one[name]) for name in order if name in one]
    if "for_ms" in one:
        rest.append(wording.say("s", n=one["for_ms"] // 1000))
    return ", ".join([about, *rest] if about else rest)


def _lane(lane: dict[str, Any], wording: Wording) -> str:
    name = wording.word("lane", lane["lane"])
    return wording.say("waiting", n=lane["waiting"], made=lane["made"], lane=name)


def _heard(found: dict[str, Any], wording: Wording) -> str:
    age = found["acknowledged"]
    if age is None:
        return wording.say("sheet.unacknowledged")
    return wording.say("sheet.acknowledged", age=age // 1000)


def _moment(at: dict[str, Any], wording: Wording) -> str:
    """UTC with its quality; where no UTC is known, that is said."""
    quality = wording.word("time", at["quality"])
    if at["quality"] == "unsynced":
        return wording.say("sheet.no time", what=wording.say("time"), quality=quality)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at["ms"] // 1000))
    return wording.say("sheet.time", time=moment, quality=quality)


def quantity(one: dict[str, Any]) -> str:
    """A channel's value with its unit, as people write it."""
    unit = _UNITS.get(one["unit"], one["unit"])
    return f"{decimal(one['value'], one['exponent'])}\u00a0{unit}".rstrip()


def decimal(value: int, exponent: int) -> str:
    """value * 10**exponent, exactly: digits are moved, never calculated."""
    digits = str(abs(value))
    sign = "-" if value < 0 else ""
    if exponent >= 0:
        return sign + (digits + "0" * exponent if value else "0")
    digits = digits.rjust(1 - exponent, "0")
    return f"{sign}{digits[:exponent]}.{digits[exponent:]}"
