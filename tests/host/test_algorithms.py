"""The algorithm is a node's setting; its key tells the platform, and no frame says another."""

from pathlib import Path

import pytest

from agent.cli.main import main
from agent.errors import BadSettings
from agent.linux import algorithms, keys, pole_toml
from agent.linux.entropy import Entropy
from agent.linux.es256 import Es256Signer
from agent.linux.libcrypto import LibcryptoSigner
from agent.protocols import cose, sm2
from provisioning import frames
from provisioning.flashing.settings import compile_settings
from provisioning.flashing.words import Failure
from provisioning.registry import RegisteredDevice, Registry
from tests.host.test_node import World, until
from tests.host.test_settings import GOOD

ES256 = '[signing]\nalgorithm = "ES256"\n'


def test_the_setting_and_its_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "pole.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert pole_toml.load(path).algorithm == "SM2"
    path.write_text(GOOD + ES256, encoding="utf-8")
    assert pole_toml.load(path).algorithm == "ES256"
    with pytest.raises(Failure) as refused:
        compile_settings(path)
    assert "boards sign by SM2" in str(vars(refused.value))
    path.write_text(GOOD + ES256.replace("ES256", "ED25519"), encoding="utf-8")
    with pytest.raises(BadSettings, match="expected 'SM2' or 'ES256'"):
        pole_toml.load(path)


def test_a_node_by_es256_is_verified_by_its_registered_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path)
    try:
        url = world.start_platform(mqtt=False)
        key = keys.load_or_create(tmp_path / "device.key")
        public = Es256Signer(key).public
        world.uplink = "\n" + ES256
        process = world.run("coap", url)
        # Its key is registered as an SM2 one until now: nothing is believed.
        until(lambda: world.rows("SELECT COUNT(*) FROM incidents")[0][0])
        assert world.rows("SELECT COUNT(*) FROM frames") == [(0,)]
        capsys.readouterr()
        assert main(["identity", "show", str(tmp_path / "pole.toml"), "--public"]) == 0
        assert capsys.readouterr().out.strip() == public.hex()
        assert main(["identity", "csr", str(tmp_path / "pole.toml"), "--serial", "PB-1"]) == 1
        assert "certificates are for SM2 keys" in capsys.readouterr().err
        assert world.platform is not None
        registry = Registry([RegisteredDevice("CD-JJ-0001", "Jinjiang", [public])])
        world.loop.call_soon_threadsafe(world.platform.use, registry)
        until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0] >= 2)
        data = [row[0] for row in world.rows("SELECT data FROM frames")]
        assert {cose.parse1(one).alg for one in data} == {cose.ALG_ES256}
        assert all(not proof.error for proof in frames.verified(data, registry))
        assert process.poll() is None
    finally:
        world.close()


class Posing:
    """Signs by one algorithm, and says another."""

    def __init__(self, signer: object, alg: int, kid: bytes) -> None:
        self.signer, self.alg, self.kid = signer, alg, kid

    def sign(self, message: bytes) -> bytes:
        return bytes(self.signer.sign(message))  # type: ignore[attr-defined]


def test_no_frame_says_another_algorithm_than_its_key() -> None:
    es, sm = Es256Signer(5), LibcryptoSigner(5)
    registry = Registry(
        [RegisteredDevice("A", "A", [es.public]), RegisteredDevice("B", "B", [sm.public])]
    )
    payload = b"\xa0"
    for right in (es, sm):
        (proof,) = frames.verified([cose.sign1(payload, right)], registry)
        assert "algorithm" not in proof.error and "signature" not in proof.error
        for other in (es, sm):
            for alg in (cose.ALG_ES256, cose.ALG_SM2_SM3, 0, -8):
                if (other, alg) != (right, right.alg):
                    bad = cose.sign1(payload, Posing(other, alg, right.kid))
                    (proof,) = frames.verified([bad], registry)
                    assert "algorithm" in proof.error or "signature" in proof.error


def test_a_fleet_of_sm2_alone_needs_nothing_else() -> None:
    known = algorithms.verifier([sm2.public_key(number) for number in range(5, 9)])
    assert type(known).__name__ in ("LibcryptoVerifier", "PlainVerifier")
    signer = algorithms.signer("SM2", 5, Entropy())
    assert type(signer).__name__ in ("LibcryptoSigner", "PlainSigner")
