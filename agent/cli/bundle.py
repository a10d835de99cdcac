"""``pole bundle``: everything that a technician takes along, in one signed file."""

import argparse
import errno
import os
import tempfile
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker

_EPILOG = """\
examples:
  pole bundle --firmware esp32s3=ESP32_GENERIC_S3.bin --key release.key --out kit.pole
  pole bundle --firmware esp32=ESP32_GENERIC.bin@4MB --key release.key --out kit.pole
  pole bundle --firmware rp2040=RPI_PICO_W.uf2 --key release.key --out kit.pole
  pole bundle --simulated --key release.key --out kit.pole
  pole bundle --node x86_64 --key release.key --out kit.pole
  pole bundle --node aarch64 --wheels wheels --key release.key --out kit.pole
  pole bundle --node aarch64 --settings pole.toml --key release.key \\
      --out kit.pole
  pole bundle --show kit.pole --trust release.pub

A firmware file is as MicroPython publishes it. The release key is made where there is none; its
public half, release.pub, is what every workstation must know (flash.py --trust) and every node
(pole install --trust). For nodes pip downloads the wheels of all dependencies, unless --wheels
names a folder that has them.
"""


_FLASH_MB = {"esp32": 4, "esp32s3": 8, "rp2040": 2, "rp2350": 4}


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "bundle",
        help="make the signed file that flash.py and pole install take",
        description="Make a bundle: firmware, agent, wheels and pages in one signed file. Every "
        "image in it is checked, now and again before a board is touched.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument(
        "--firmware", type=_firmware, action="append", default=[], metavar="CHIP=FILE[@8MB]",
        help="firmware for esp32, esp32s3, rp2040 (Pico W) or rp2350 (Pico 2 W); the flash is 4MB, "
        "8MB, 2MB or 4MB unless it says so",
    )  # fmt: skip
    command.add_argument(
        "--node", action="append", default=[], metavar="ARCHITECTURE",
        help="wheels for Linux nodes: x86_64, aarch64, armv7l",
    )  # fmt: skip
    command.add_argument("--wheels", type=Path, metavar="FOLDER", help="where those wheels lie")
    command.add_argument(
        "--python", default="3.11", metavar="VERSION",
        help="the nodes' Python, for wheels that are made for one only (default: %(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--settings", type=Path, metavar="FILE",
        help="the pole.toml of the boards, and of nodes that have none yet; it goes along, and "
        "whoever has the bundle can read it",
    )  # fmt: skip
    command.add_argument("--key", type=Path, metavar="FILE", help="the release key")
    command.add_argument("--out", type=Path, metavar="FILE")
    command.add_argument(
        "--simulated", action="store_true", help="firmware for flash.py's simulated boards"
    )
    command.add_argument("--show", type=Path, metavar="FILE", help="check a bundle, and show it")
    command.add_argument("--trust", type=Path, metavar="FILE", help="the release key's public half")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def _firmware(text: str) -> tuple[str, Path, int]:
    """(chip, path, flash size in bytes)."""
    from provisioning import board_image, layout

    chip, equals, name = text.partition("=")
    if chip not in board_image.ARCHITECTURES or not equals:
        chips = ", ".join(sorted(board_image.ARCHITECTURES))
        raise argparse.ArgumentTypeError(f"expected CHIP=FILE with one of {chips}, not {text!r}")
    name, _, size = name.partition("@")
    try:
        megabytes = int(size.removesuffix("MB")) if size else _FLASH_MB[chip]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a size such as 8MB, not {size!r}") from None
    if megabytes << 20 not in layout.sizes() and chip.startswith("esp32"):
        raise argparse.ArgumentTypeError(f"there is no layout for a flash of {megabytes} MB")
    return chip, Path(name), megabytes << 20


def run(args: argparse.Namespace) -> int:
    """Make one, or show one."""
    from provisioning.bundle import BadBundle
    from provisioning.bundle_words import BUNDLE_WORDS

    speaker = Speaker(args.lang, BUNDLE_WORDS)
    try:
        if args.show:
            return _show(args.show, args.trust, speaker)
        if not args.key or not args.out or not (args.firmware or args.simulated or args.node):
            raise _mistake(speaker, "needed")
        return _make(args, speaker)
    except BadBundle as error:
        raise OSError(errno.EINVAL, _why(error, speaker)) from None


def _why(error: Exception, speaker: Speaker) -> str:
    from provisioning.flashing import reasons

    return reasons.told(error, LANGUAGES[speaker.index])


def _mistake(speaker: Speaker, word: str, **values: object) -> OSError:
    return OSError(errno.EINVAL, speaker.text(word, **values))


def _make(args: argparse.Namespace, speaker: Speaker) -> int:
    from agent.protocols import sm2
    from provisioning import board_image, bundle
    from provisioning.node import wheels

    if args.out.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(args.out))
    firmware = {chip: (path.read_bytes(), size) for chip, path, size in args.firmware}
    for chip, path, _ in args.firmware:
        try:
            bundle.judge(chip, *firmware[chip])
        except bundle.BadBundle as error:
            raise _mistake(
                speaker, "bad-firmware", path=path, reason=_why(error, speaker), chip=chip
            ) from None
    settings = _settings(args.settings, speaker) if args.settings else None
    key = _release_key(args.key, speaker)  # before what takes long
    public = args.key.with_suffix(".pub")
    public.write_text(sm2.public_key(key).hex() + "\n", encoding="ascii")
    architecture = None
    if args.simulated:
        from simulators.boards.town import images

        firmware = images(tuple(board_image.ARCHITECTURES))
        architecture = board_image.HOST
    nodes = []
    for node in args.node:
        speaker.say("wheels", architecture=node)
        nodes.append(wheels.gather(node, args.wheels, args.python))
    bundle.build(args.out, firmware, key, architecture, nodes, speaker.say, settings)
    linux = [speaker.text("node", architecture=node) for node in args.node]
    size, whom = args.out.stat().st_size // 1024, ", ".join([*sorted(firmware), *linux])
    print(speaker.text("made", path=args.out, size=size, whom=whom))
    for name, data in nodes[0][1].items() if nodes else ():
        if name.startswith("wheels/pole_agent-"):
            own = args.out.parent / Path(name).name
            own.write_bytes(data)
            print(speaker.text("starter", path=own))
    print(speaker.text("public", path=public))
    return 0


def _settings(path: Path, speaker: Speaker) -> bytes:
    """Settings that can be understood where nothing else is at hand."""
    from agent.errors import BadSettings
    from agent.linux import pole_toml

    data = path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / path.name
        alone.write_bytes(data)
        try:
            pole_toml.load(alone)
        except BadSettings as error:
            reason = "; ".join(map(str, error.mistakes))
            raise _mistake(speaker, "bad-settings", path=path, reason=reason) from None
    return data


def _release_key(path: Path, speaker: Speaker) -> int:
    """The release key; a fresh one is made where there is no file."""
    from agent.linux.keys import load_or_create

    try:
        return load_or_create(path)
    except OSError as error:
        # Its passphrase's file may be the wrong one, too.
        if error.errno != errno.EINVAL or str(path) not in str(error.strerror):
            raise
        raise _mistake(speaker, "bad-key", path=path) from None


def _show(path: Path, trust: Path | None, speaker: Speaker) -> int:
    from provisioning import bundle, signed_zip

    if trust is None:
        raise _mistake(speaker, "whose")
    try:
        trusted = signed_zip.release_key(trust)
    except bundle.BadBundle:
        raise _mistake(speaker, "bad-trust", path=trust) from None
    try:
        kit = bundle.load(path, trusted)
    except bundle.BadBundle as error:
        raise _mistake(speaker, "bad-bundle", path=path, reason=_why(error, speaker)) from None
    count, digest = len(kit.files), kit.digest[:16]
    print(speaker.text("shown", version=kit.version, digest=digest, count=count))
    for target in kit.targets.values():
        flash_mb = target.flash_size >> 20
        print(speaker.text("target", chip=target.chip, micropython=target.micropython,
                           flash_mb=flash_mb))  # fmt: skip
        for part in target.parts:
            print(f"  {part.at:#08x} {len(kit.files[part.name]):>8} {part.name}")
    for node in kit.nodes:
        whom = " ".join(part for part in (node.system, node.architecture, node.libc) if part)
        python = node.only_python or speaker.text("or-newer", python=node.python)
        print(speaker.text("wanted", whom=whom, python=python))
        for name in node.wheels:
            print(f"  {len(kit.files[name]):>8} {name}")
    return 0
