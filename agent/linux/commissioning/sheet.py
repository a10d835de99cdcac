"""The handover sheet: one HTML file for paper and screen, which proves itself.

It holds its facts as JSON, and a handover frame of the device (docs/wire-format.md, kind 12) that
signs their SM3. Whoever checks it renders the facts again: what a person reads is what was signed.
"""

import json
import re
import time
from html import escape
from typing import Any

from agent import frame, frame_reader
from agent.errors import AgentError, BadFrame
from agent.linux.commissioning import advice
from agent.linux.commissioning.words import LANGUAGES, say, word
from agent.ports import Verifier
from agent.protocols import cose, sm3

_COPIED = ("pole", "place", "device", "software", "settings", "runtime", "time", "state", "journal")
_CHANNEL = ("device", "channel", "value", "exponent", "unit", "quality", "alarms", "drilled")
# SenML names (RFC 8428, RFC 8798) as people write them; others stay as they are.
_UNITS = {"Cel": "°C", "deg": "°", "ug/m3": "µg/m³", "%RH": "% RH", "/": ""}
_EMBEDDED = re.compile(
    r'<html lang="(\w+)">.*<code id="frame">([0-9a-f]+)</code>'
    r'.*<script type="application/json" id="facts">(.*?)</script>',
    re.DOTALL,
)
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


def digest(found: dict[str, Any]) -> bytes:
    """SM3 over the facts, as they are written."""
    return bytes(sm3.digest(_written(found).encode()))


def _written(found: dict[str, Any]) -> str:
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def verify(text: str, verifier: Verifier) -> dict[str, Any]:
    """The facts of a sheet, proven. BadFrame, BadSignature where it was changed, or is none."""
    match = _EMBEDDED.search(text)
    if match is None or match[1] not in LANGUAGES:
        raise BadFrame("this is no handover sheet")
    try:
        found = json.loads(match[3])
        data = bytes.fromhex(match[2])
        payload = cose.open1(data, verifier)
        got = frame_reader.decode(payload)
        state = advice.STATES.index(found["state"])
        again = render(found, data, match[1])
    except AgentError:
        raise
    except (ValueError, KeyError, TypeError, IndexError):
        raise BadFrame("this is no handover sheet, or it was changed") from None
    if got.kind != frame.HANDOVER or got.body.get(3) != digest(found) or got.body.get(1) != state:
        raise BadFrame("what the device signed is another sheet")
    if again != text:
        raise BadFrame("what the sheet shows is not what the device signed")
    return dict(found)


def render(found: dict[str, Any], data: bytes, language: str) -> str:
    """The sheet; data: the device's handover frame."""

    def text(code: str, **values: object) -> str:
        return escape(say(code, language, **values))

    title = text("sheet", name=found["pole"])
    rows = "".join(_channel(one, language) for one in found["channels"])
    heads = "".join(f"<th>{text(f'sheet.{name}')}</th>" for name in ("channel", "value", "drill"))
    about = "".join(
        f"<tr><th>{text(f'fact.{name}')}</th><td>{escape(str(found[name]))}</td></tr>"
        for name in ("place", "device", "software", "settings", "runtime")
        if found[name]
    )
    lanes = "".join(f"<li>{escape(_lane(lane, language))}</li>" for lane in found["journal"])
    when = _moment(found["time"], language)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
        f'<p class="state" data-state="{escape(found["state"])}">'
        f"{text('state.' + found['state'])}</p>\n"
        f"<p>{text('sheet.by', who=found['who'], time=when)}</p>\n"
        f"<h2>{text('facts')}</h2><table>{about}</table>\n"
        f"<h2>{text('sheet.channels')}</h2><table><tr>{heads}</tr>{rows}</table>\n"
        f"<h2>{text('sheet.written')}</h2><ul>{_notes(found['written'], language)}</ul>\n"
        f"<h2>{text('sheet.journal')}</h2><ul>{lanes}</ul>"
        f"<p>{escape(_heard(found, language))}</p>\n"
        f"<h2>{text('sheet.signature')}</h2><p>{text('sheet.verify')}</p>"
        f'<p><code id="frame">{data.hex()}</code></p>\n'
        f'<script type="application/json" id="facts">{_written(found)}</script>\n</body>\n</html>\n'
    )


def _channel(one: dict[str, Any], language: str) -> str:
    value = "—" if one["value"] is None else quantity(one)
    quality = word("quality", one["quality"], language)
    cells = (
        f"{one['device']} · {word('channel', one['channel'], language)}",
        say("sheet.reading", language, value=value, quality=quality),
        _drill(one, language),
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _drill(one: dict[str, Any], language: str) -> str:
    if not one["alarms"]:
        return ""
    if one["drilled"] is None:
        return say("drill.none", language)
    raised, sealed, acknowledged = one["drilled"]["ms"]
    return say(
        f"drill.{one['drilled']['outcome']}", language,
        raised=raised, sealed=sealed, acknowledged=acknowledged,
    )  # fmt: skip


def _notes(written: list[dict[str, Any]], language: str) -> str:
    if not written:
        return f"<li>{escape(say('sheet.nothing', language))}</li>"
    lines = []
    for one in written:
        what = word("action", one["action"], language)
        entry = _entry(one, language)
        line = say("sheet.entry", language, what=what, entry=entry, who=one["who"])
        lines.append(f"<li>{escape(line)}</li>")
    return "".join(lines)


def _entry(one: dict[str, Any], language: str) -> str:
    """What was entered, in the order in which people say it."""
    about = "/".join(str(one[name]) for name in ("device", "channel") if one.get(name))
    order = ("label", "longitude", "latitude", "datum", "text", "utc_ms", "why")
    rest = [str(one[name]) for name in order if name in one]
    if "for_ms" in one:
        rest.append(say("s", language, n=one["for_ms"] // 1000))
    return ", ".join([about, *rest] if about else rest)


def _lane(lane: dict[str, Any], language: str) -> str:
    name = word("lane", lane["lane"], language)
    return say("waiting", language, n=lane["waiting"], made=lane["made"], lane=name)


def _heard(found: dict[str, Any], language: str) -> str:
    age = found["acknowledged"]
    if age is None:
        return say("sheet.unacknowledged", language)
    return say("sheet.acknowledged", language, age=age // 1000)


def _moment(at: dict[str, Any], language: str) -> str:
    """UTC with its quality; where no UTC is known, that is said."""
    quality = word("time", at["quality"], language)
    if at["quality"] == "unsynced":
        return say("sheet.no time", language, what=say("time", language), quality=quality)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at["ms"] // 1000))
    return say("sheet.time", language, time=moment, quality=quality)


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
