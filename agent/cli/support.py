"""``pole support``: one archive for whoever helps from afar."""

import argparse
import time
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker
from agent.cli.status import settings_of_this_node

_WORDS = {
    "done": ("{out}: {size} KB. It holds no key, password or reading; send it to whoever helps.",
             "{out}：{size} KB。其中没有密钥、密码和读数，可发给协助人员。"),
    "part": ("{name} is not in it: {why}", "缺少 {name}：{why}"),
}  # fmt: skip

_EPILOG = """\
examples:
  pole support pole.toml
  pole support --out /media/usb/pole.tar.gz
  tar -xzf pole-support-CD-JJ-0001.tar.gz -O pole-support/status.json

Settings without secrets, status, what the journal holds (not its readings), log, versions, and
facts of the machine. It only reads, also where no agent runs or the settings are broken.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "support",
        help="one archive for whoever helps from afar, without secrets",
        description="Put everything that a colleague needs into one archive, and no secret.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, nargs="?", metavar="FILE", help="the pole.toml")
    command.add_argument("--out", type=Path, metavar="FILE", help="where to write the archive")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Collect and write; 0 if the archive is there."""
    from agent.linux.support import Support

    support = Support(args.settings or settings_of_this_node())
    parts = support.collect()
    out = args.out or Path(
        f"pole-support-{support.pole or 'node'}-{time.strftime('%Y%m%d')}.tar.gz"
    )
    support.write(out, parts)
    speaker = Speaker(args.lang, _WORDS)
    for name, text in parts.items():
        if text.startswith("not to be had: "):
            why = text.removeprefix("not to be had: ").strip()
            speaker.say("part", name=name, why=why)
    speaker.say("done", out=out, size=-(-out.stat().st_size // 1024))
    return 0
