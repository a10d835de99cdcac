"""The contract of signers against those that run on both runtimes, and of entropy."""

from agent.errors import BadSignature
from agent.protocols import sm2
from agent.protocols.signers import SoftSigner, SoftVerifier
from board.entropy import Entropy
from simulators.world.dice import Dice
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.shared import contracts_signer as contract

D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8


def soft(d=D):
    return SoftSigner(d, Dice(1))


def test_plain_integers_sign():
    signer = soft()
    contract.check_signer(signer, SoftVerifier([signer.public]))


def test_plain_integers_refuse():
    signer = soft()
    contract.check_refusals(signer, SoftVerifier([signer.public]))


def test_plain_integers_tell_keys_apart():
    signer, stranger = soft(), soft(1)
    both = SoftVerifier([signer.public, stranger.public])
    contract.check_strangers(signer, stranger, both, SoftVerifier([signer.public]))


def test_plain_integers_in_an_envelope():
    signer = soft()
    contract.check_envelope(signer, SoftVerifier([signer.public]))


def test_plain_integers_trust_and_forget():
    signer = soft()
    bad = contract.flipped(signer.public, 519)
    contract.check_trust(signer, signer.public, SoftVerifier([]), bad)


def test_plain_integers_sign_for_the_ends_of_the_range():
    for d in (1, 2, sm2.N - 2):
        signer = soft(d)
        signature = signer.sign(b"m")
        SoftVerifier([signer.public]).verify(signer.alg, signer.kid, b"m", signature)


def test_a_public_key_that_is_no_point_proves_nothing():
    signer = soft()
    bad = contract.flipped(signer.public, 519)
    signature = signer.sign(b"m")
    try:
        SoftVerifier([bad]).verify(signer.alg, sm2.kid(bad), b"m", signature)
    except BadSignature:
        return
    raise AssertionError("trusted")


def test_the_nonce_is_hedged():
    first, same, other = (SoftSigner(D, Dice(seed)) for seed in (1, 1, 2))
    signature = first.sign(b"m")
    assert signature == same.sign(b"m")
    assert signature != other.sign(b"m")
    assert signature != first.sign(b"m")


def test_digests_stand_in_for_signatures():
    signer, stranger = DigestSigner(b"one"), DigestSigner(b"two")
    only_first = DigestVerifier([b"one"])
    contract.check_signer(signer, only_first)
    contract.check_refusals(signer, only_first)
    contract.check_strangers(signer, stranger, DigestVerifier([b"one", b"two"]), only_first)
    contract.check_envelope(signer, only_first)
    contract.check_trust(signer, b"one", DigestVerifier([]))
    assert signer.sign(b"m") == DigestSigner(b"one").sign(b"m")


def test_entropy_of_the_board():
    contract.check_entropy(Entropy())


def test_entropy_of_the_dice_repeats_by_its_seed():
    contract.check_entropy(Dice(1))
    assert Dice(7).take(32) == Dice(7).take(32) != Dice(8).take(32)
