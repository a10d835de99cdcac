"""``pole authority`` dies at every write that it makes, and the same command does the rest: nothing
is certified, bound or noted twice, no paper is half, and what it refuses to do again is done.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.authority import folder, key_file
from provisioning.authority.register import SM2, TLS, DeviceRegister
from provisioning.registry import Registry
from tests.host import authority_case
from tests.host import enrolment_checks as checks
from tests.host.enrolment_bench import Desk
from tests.host.enrolment_sweep import Run, in_memory, sweep

OLD, NEW = "PB-0001", "PB-0002"
BEFORE = ["enrolled", "bound"]  # the old one's history


@dataclass(frozen=True)
class Action:
    """words: of the command, where {} is the desk's folder; histories: what each device's is then;
    files: what must be there; again: the status of whoever asks for what was done already."""

    words: str
    histories: tuple[list[str], list[str]] = (BEFORE, [])
    certificates: tuple[int, ...] = (1, 1, 0, 0)  # for signing and TLS, the old one's and the new's
    files: tuple[str, ...] = ()
    again: int = 0


_NEXT = "--csr {}/next.csr --tls-csr {}/next.tls.csr --out {}/out"
_OTHER = "--csr {}/new.csr --tls-csr {}/new.tls.csr --out {}/out"
_PAPERS = (f"out/{NEW}.pem", f"out/{NEW}.tls.pem")
ACTIONS = {
    "enroll": Action(f"{NEW} {_OTHER} --pole P-2 --place 104.1,30.5 --datum WGS84",
                     (BEFORE, ["enrolled", "bound"]), (1, 1, 1, 1), _PAPERS),
    "rotate": Action(f"{OLD} {_NEXT}", ([*BEFORE, "rotated"], []), (2, 2, 0, 0),
                     (f"out/{OLD}.pem", f"out/{OLD}.tls.pem")),
    "renew": Action(f"{OLD} --tls-csr {{}}/next.tls.csr --out {{}}/out",
                    ([*BEFORE, "renewed"], []), (1, 2, 0, 0), (f"out/{OLD}.tls.pem",)),
    "replace": Action(f"{OLD} {NEW} {_OTHER}", ([*BEFORE, "replaced"], ["enrolled", "bound"]),
                      (1, 1, 1, 1), _PAPERS),
    "move": Action(f"{OLD} --pole P-9", ([*BEFORE, "bound"], [])),
    "revoke": Action(f"{OLD} --reason stolen", ([*BEFORE, "revoked"], []), again=1),
    "retire": Action(OLD, ([*BEFORE, "retired"], []), again=1),
    "crl": Action("--out {}/out", files=("out/revoked.crl", "out/tls-revoked.crl")),
    "export": Action("--out {}/registry.json", files=("registry.json",)),
    "server": Action("localhost --out {}/out", again=1,
                     files=("out/localhost.key", "out/localhost.pem", "out/ca.pem")),
    "oscore": Action(f"{OLD} --out {{}}/secrets", again=1, files=tuple(
        f"secrets/{OLD}.{name}" for name in
        ("device/oscore.cbor", "device/secret.json", "device/settings.json",
         "platform/secret.json", "platform/settings.json"))),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One with an authority, a device that stands at a pole, and requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_file, "ITERATIONS", 1000)
        patch.setattr(authority_case, "NOW", datetime.now(UTC))
        made = Desk(tmp_path_factory.mktemp("authority") / "start" / "desk")
        made.set_up()
        for number, (name, serial) in enumerate((("old", OLD), ("next", OLD), ("new", NEW)), 1):
            own = authority_case.request(serial, number)
            pem = key_file.pem("CERTIFICATE REQUEST", own)
            (made.folder / f"{name}.csr").write_bytes(pem)
            key = ec.derive_private_key(number, ec.SECP256R1())
            (made.folder / f"{name}.tls.csr").write_bytes(authority_case.tls_request(serial, key))
        old = "--csr {0}/old.csr --tls-csr {0}/old.tls.csr --out {0}/before --pole P-1"
        assert made.pole("enroll", OLD, *old.format(made.folder).split()) == 0
        yield made


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_done_once(desk: Desk, tmp_path: Path, name: str) -> None:
    action = ACTIONS[name]

    def act(desk: Desk) -> int:
        return desk.pole(name, *action.words.replace("{}", str(desk.folder)).split())

    def again(desk: Desk) -> None:
        assert act(desk) in (0, action.again)

    def done(desk: Desk) -> None:
        _done(desk, action)

    with in_memory(tmp_path) as place:
        made = sweep(Run(desk, act, checks.whole, done, again, pages=3), place / "cut")
    assert made["writes"] > 0 and made["killed"] > 0, made


def _done(desk: Desk, action: Action) -> None:
    checks.nothing_left(desk)
    missing = [name for name in action.files if not (desk.folder / name).exists()]
    assert not missing, missing
    register = DeviceRegister(desk.authority / "register.db")
    try:
        for serial, history in zip((OLD, NEW), action.histories, strict=True):
            assert [what for _, what, _, _ in register.history(serial)] == history, serial
        held = register.certificates()
        counted = Counter((one.serial, one.kind) for one in held)
        kinds = ((OLD, SM2), (OLD, TLS), (NEW, SM2), (NEW, TLS))
        assert tuple(counted[kind] for kind in kinds) == action.certificates
        assert len({one.number for one in held}) == len(held)
        poles = [bound.pole for bound in register.bindings()]
        assert len(poles) == len(set(poles)) or "P-9" not in poles, poles
        known = {one.der for one in held}
        for name in action.files:
            if name.startswith("out/PB-"):
                data = (desk.folder / name).read_bytes()
                assert key_file.unpem("CERTIFICATE", data) in known, name
    finally:
        register.close()


def test_an_authority_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, in_memory(tmp_path) as place:
        patch.setattr(key_file, "ITERATIONS", 1000)
        start = Desk(place / "start" / "desk")
        start.folder.mkdir(parents=True)
        authority_case.passphrase_file(start.password)

        def act(desk: Desk) -> int:
            return desk.pole("init", "--organisation", "Jinjiang", "--root-passphrase-file",
                             str(desk.password))  # fmt: skip

        def whole(desk: Desk) -> None:
            checks.whole(desk)
            if desk.authority.exists():
                folder.open_folder(desk.authority, authority_case.PASSPHRASE).register.close()

        def again(desk: Desk) -> None:
            status = act(desk)
            left = desk.authority.with_suffix(".new")
            if left.exists():  # it says so: it may be anything
                assert status == 1
                shutil.rmtree(left)
                status = act(desk)
            assert status == 0 or desk.authority.exists()

        def done(desk: Desk) -> None:
            whole(desk)
            keys = sorted(path.name for path in desk.authority.rglob("*.key"))
            assert keys == ["issuing.key", "root.key", "tls-issuing.key", "tls-root.key"]
            checks.nothing_left(desk)

        Registry().save(start.registry)
        made = sweep(Run(start, act, whole, done, again, pages=3), place / "cut")
        assert made["writes"] > 20 and made["killed"] > 20, made
