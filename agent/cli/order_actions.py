"""What each action of ``pole order`` does with its arguments, and what it prints."""

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent import drill, order_writer
from agent.actuation import LONGEST
from agent.cli import unanswered
from agent.cli.order_texts import CHINESE, ORDER_TEXTS, in_chinese
from agent.cli.speech import Speaker
from agent.errors import BadFrame, BadSettings
from agent.frame import COMMAND, SETTINGS
from agent.linux import keys, node_requests, pole_toml
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.linux.quantities import duration_ms
from agent.orders import GRANT
from agent.ports import Signer
from agent.protocols import cose, sm2
from provisioning import orders, registry
from provisioning.orders import Device
from simulators.platform.office import Office

_STATES = {"on": 1, "off": 0, "auto": None}
_ANSWER_S = 5.0


def _maintenance(args: argparse.Namespace) -> int:
    length = 0 if args.end else _length(args.length)
    return _give(args, COMMAND, [order_writer.maintenance(length, args.why)])


def _relay(args: argparse.Namespace) -> int:
    device, _, relay = args.relay.partition("/")
    body = order_writer.relay(device, relay, _STATES[args.state], _length(args.length))
    return _give(args, COMMAND, [body])


def _drill(args: argparse.Namespace) -> int:
    device, channel = ("", "") if args.end else _channel(args.channel)
    length = 0 if args.end else _length(args.length, drill.LONGEST)
    return _give(args, COMMAND, [order_writer.drill(device, channel, length)])


def _reset(args: argparse.Namespace) -> int:
    return _give(args, COMMAND, [order_writer.reset(*_channel(args.channel))])


def _settings(args: argparse.Namespace) -> int:
    return _give(args, SETTINGS, None)


def _give(args: argparse.Namespace, kind: int, bodies: Sequence[dict[int, object]] | None) -> int:
    """Sign the order, and let it wait or write it. bodies: None for settings."""
    now = time.time_ns() // 1_000_000
    expires = now + _length(args.valid, 366 * orders.DAY_MS, "--valid")
    if args.platform:
        with Office(args.platform) as office:
            device = office.device(args.pole)
            bodies = bodies or orders.settings(args.settings, device, now)
            count = office.desk.next_count(args.pole, now)
            made = orders.write(
                office.desk.speaker(args.pole), device, kind, bodies, now, expires, count
            )
            office.desk.put(args.pole, kind, made.counts, expires, made.data)
        _speaker(args).say("put", pole=args.pole, folder=args.platform, until=_date(expires))
        return 0
    signer = _signer(args.key)
    before: list[bytes] = []
    if args.grants:
        grants = orders.load_grants(args.grants)
        if args.pole not in grants.poles:
            known = ", ".join(grants.poles)
            raise BadSettings([f"{grants.name} is certified for {known}, not for {args.pole}"])
        kid, grant = grants.poles[args.pole]
        before, expires = [grant], min(expires, grants.until)
    elif args.registry:
        kid = _registered(args.registry, args.pole)
    else:
        raise BadSettings(
            ["with --key: --grants for a technician's, --registry for the platform's"]
        )
    former = getattr(args, "former", None)
    base = pole_toml.load(former).settings.hash if former else b""
    device = Device(args.pole, kid, base, getattr(args, "board", False))
    bodies = bodies or orders.settings(args.settings, device, now)
    made = orders.write(signer, device, kind, bodies, now, expires, now)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"{args.pole}.order"
    path.write_bytes(b"".join(before + made.data))
    _speaker(args).say("written", path=path, until=_date(expires))
    return 0


def _next_key(args: argparse.Namespace) -> int:
    with Office(args.platform) as office:
        if args.finish:
            office.finish_rotation(registry.load(args.registry))
            _speaker(args).say("key in force", path=office.public_path)
            return 0
        public = office.announce(registry.load(args.registry), time.time_ns() // 1_000_000)
        left = office.unaware(registry.load(args.registry))
    _speaker(args).say("key announced", public=public.hex())
    _speaker(args).say("key unheard", count=len(left))
    return 0


def _grants(args: argparse.Namespace) -> int:
    grants = orders.load_grants(args.grants)
    now = time.time_ns() // 1_000_000
    with Office(args.platform) as office:
        for pole, (_, grant) in grants.poles.items():
            count = office.desk.next_count(pole, now)
            office.desk.put(pole, GRANT, [count], grants.until, [grant])
    _speaker(args).say("grants put", poles=", ".join(grants.poles), folder=args.platform)
    return 0


def _key(args: argparse.Namespace) -> int:
    print(sm2.public_key(keys.load_or_create(args.key)).hex())
    return 0


def _list(args: argparse.Namespace) -> int:
    with Office(args.platform) as office:
        found = office.listed(time.time_ns() // 1_000_000)
    speaker = _speaker(args)
    for one in found:
        speaker.say(
            "order", device=one.device, name=speaker.text(one.name), until=_date(one.expires),
            state=speaker.text(one.state, why=_why(one.why, speaker)),
        )  # fmt: skip
    if not found:
        speaker.say("none")
    return 0


def _apply(args: argparse.Namespace) -> int:
    try:
        parts = cose.split(args.orders.read_bytes())
    except BadFrame:
        raise BadSettings([f"{args.orders} holds no orders"]) from None
    journal = pole_toml.load(args.settings).journal
    answer = journal / node_requests.ORDER_ANSWER
    answer.unlink(missing_ok=True)
    if not node_requests.ask(
        journal, node_requests.ORDER, {"orders": [one.hex() for one in parts]}
    ):
        return unanswered.say(args.settings, journal, args.lang)
    words = node_requests.wait_for(journal, node_requests.ORDER_ANSWER, _ANSWER_S)
    speaker = _speaker(args)
    if words is None:
        speaker.complain("nothing understood", file=args.orders)
        return 1
    for number, word in enumerate(words, 1):
        state, _, why = word.partition(": ")
        told = speaker.text(state, why=_why(why, speaker)) if state in ORDER_TEXTS else word
        speaker.say("answer", number=number, count=len(words), word=told)
    return 0 if all(word == "taken" for word in words) else 1


def _speaker(args: argparse.Namespace) -> Speaker:
    return Speaker(args.lang, ORDER_TEXTS)


def _why(why: str, speaker: Speaker) -> str:
    """Why a device refused: it says so in English."""
    if not speaker.chinese:
        return why
    return CHINESE.get(why) or "；".join(in_chinese(part) for part in why.split("; "))


def _signer(path: Path) -> Signer:
    if not path.exists():
        raise BadSettings([f"no key in {path}: `pole order key` makes one"])
    return make_signer(keys.load_or_create(path), Entropy())


def _registered(path: Path, pole: str) -> bytes:
    for device in registry.load(path).devices:
        if device.id == pole and device.public:
            return sm2.kid(device.public[0])
    raise BadSettings([f"no device {pole} with a valid key in {path}"])


def _channel(text: str | None) -> tuple[str, str]:
    device, _, channel = (text or "").partition("/")
    if not device or not channel:
        raise BadSettings(["expected a channel, as device/channel"])
    return device, channel


def _length(text: str, longest: int = LONGEST, name: str = "--for") -> int:
    try:
        length = duration_ms(text)
    except ValueError as error:
        raise BadSettings([f"{name}: {error}"]) from None
    if not 0 < length <= longest:
        hours = longest // 3_600_000
        most = f"{hours // 24} days" if hours > 48 else f"{hours} h"
        raise BadSettings([f"{name}: expected {most} at the most"])
    return length


def _date(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


ACTIONS = {
    "maintenance": _maintenance,
    "relay": _relay,
    "drill": _drill,
    "reset": _reset,
    "settings": _settings,
    "next-key": _next_key,
    "grants": _grants,
    "key": _key,
    "list": _list,
    "apply": _apply,
}
