"""``python -m provisioning.flashing.uf2_command FIRMWARE.uf2 DRIVE``: MicroPython onto a Pico W or
Pico 2 W, whose drive appears when it is plugged in with BOOTSEL held.
"""

import argparse
import sys
from pathlib import Path

from provisioning.flashing import uf2

REFUSED, FAILED = 3, 1  # exit statuses: nothing was written; it was not taken

WORDS: dict[str, tuple[str, str]] = {
    "written": ("{chip}: {size} bytes written, and the board has started.",
                "{chip}：已写入 {size} 字节，板卡已启动。"),
    "refused": ("Refused, and nothing was written: {reason}.",
                "已拒绝，未写入任何内容：{reason}。"),
    "failed": ("{reason}: unplug the board, hold BOOTSEL, plug it in, and write it again.",
               "{reason}：请拔下板卡，按住 BOOTSEL 重新插入，再写一次。"),
    "no-uf2": ("the file is cut off, or no UF2 file", "文件不完整，或不是 UF2 文件"),
    "damaged": ("a block of the file is damaged, or it is no UF2 file",
                "文件中有损坏的块，或不是 UF2 文件"),
    "missing": ("a part of the file is missing", "文件缺少一部分"),
    "cut-off": ("the file has fewer or more blocks than it says", "文件的块数与其声明不符"),
    "no-chip": ("the file does not say which chip it is for", "文件没有注明适用的芯片"),
    "no-family": ("the file is for none of {known}, or for several chips",
                  "文件不适用于 {known}，或同时用于多种芯片"),
    "not-flash": ("the file is not for the flash", "文件不是写入闪存的"),
    "twice": ("the file writes a page twice", "文件重复写入同一页"),
    "page": ("a block of the file has {size} bytes where the chip takes {page}",
             "文件中有 {size} 字节的块，而芯片只接受 {page} 字节"),
    "no-board": ("{drive} is no board: hold BOOTSEL while you plug it in",
                 "{drive} 不是板卡：请按住 BOOTSEL 再插入"),
    "unknown-board": ("{drive} is a board that is not known here", "{drive} 是未知的板卡"),
    "wrong-chip": ("the file is for {wanted}, and this board is an {chip}",
                   "文件适用于 {wanted}，而本板是 {chip}"),
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
    except uf2.BadUf2 as error:
        reason = say(error.word, args.language, **error.values)
        print(say("refused", args.language, reason=reason))
        return REFUSED
    except OSError as error:
        print(say("failed", args.language, reason=error.strerror or error))
        return FAILED
    print(say("written", args.language, chip=image.chip, size=image.size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
