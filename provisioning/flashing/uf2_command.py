"""``python -m provisioning.flashing.uf2_command FIRMWARE.uf2 DRIVE``: MicroPython onto a Pico W or
Pico 2 W, whose drive appears when it is plugged in with BOOTSEL held.
"""

import argparse
import sys
from pathlib import Path

from provisioning.flashing import uf2
from provisioning.flashing.reasons import told
from provisioning.uf2_image import BadUf2

REFUSED, FAILED = 3, 1  # exit statuses: nothing was written; it was not taken

WORDS: dict[str, tuple[str, str]] = {
    "written": ("{chip}: {size} bytes written, and the board has started.",
                "{chip}：已写入 {size} 字节，板卡已启动。"),
    "refused": ("Refused, and nothing was written: {reason}.",
                "已拒绝，未写入任何内容：{reason}。"),
    "failed": ("{reason}: unplug the board, hold BOOTSEL, plug it in, and write it again.",
               "{reason}：请拔下板卡，按住 BOOTSEL 重新插入，再写一次。"),
}  # fmt: skip


def say(word: str, language: str = "en", **values: object) -> str:
    """The sentence of a word."""
    return WORDS[word][language == "zh"].format(**values)


def main(arguments: list[str] | None = None) -> int:
    """Write the firmware; the exit status."""
    top = argparse.ArgumentParser(prog="uf2_command", description=__doc__)
    top.add_argument("firmware", type=Path, help="the .uf2 file, as it is published")
    top.add_argument("drive", type=Path, help="where the board's drive is mounted")
    top.add_argument("--language", choices=("en", "zh"), default="en")
    args = top.parse_args(arguments)
    try:
        image = uf2.write(args.firmware.read_bytes(), args.drive)
    except BadUf2 as error:
        reason = error.sentence(args.language)
        print(say("refused", args.language, reason=reason))
        return REFUSED
    except OSError as error:
        print(say("failed", args.language, reason=told(error.strerror or error, args.language)))
        return FAILED
    print(say("written", args.language, chip=image.chip, size=image.size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
