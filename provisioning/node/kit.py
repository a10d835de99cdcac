"""A bundle as a Linux node takes it: signed by the pinned key, and made for this machine."""

from dataclasses import dataclass
from pathlib import Path

from provisioning import signed_zip
from provisioning.node.places import Places
from provisioning.node.target import NodeTarget, from_manifest, misfits, this_machine
from provisioning.node.words import NodeFailure


@dataclass(frozen=True)
class Kit:
    """A bundle that may be installed here."""

    version: str
    digest: str
    target: NodeTarget
    files: dict[str, bytes]


def trusted_key(places: Places, given: Path | None) -> bytes:
    """The release key's public half: the pinned one; given counts only where none is pinned, and
    must not contradict. NodeFailure where there is none."""
    path = places.trust if places.trust.exists() else given
    if path is None:
        raise NodeFailure("no-trust")
    key = _key(path)
    if given is not None and _key(given) != key:
        raise NodeFailure("other-trust", path=places.trust)
    return key


def _key(path: Path) -> bytes:
    try:
        return signed_zip.release_key(path)
    except (OSError, signed_zip.BadBundle):
        raise NodeFailure("bad-trust", path=path) from None


def opened(path: Path, trusted: bytes) -> Kit:
    """The bundle at path, if it is signed by that key and fits this machine; else NodeFailure."""
    try:
        found = signed_zip.read(path, trusted)
    except signed_zip.BadBundle as error:
        raise NodeFailure("bad-bundle", reason=error) from None
    except OSError as error:
        raise NodeFailure("unread-bundle", path=path, reason=error.strerror or error) from None
    machine = this_machine()
    targets = from_manifest(found.document.get("nodes", ()))
    if not targets:
        raise NodeFailure("not-for-nodes", architecture=machine.architecture)
    wrong = [misfits(target, machine) for target in targets]
    if [] not in wrong:
        reason = "; ".join(dict.fromkeys(", ".join(each) for each in wrong))
        told = f"{machine.system} {machine.architecture}, {machine.libc}, Python {machine.python}"
        raise NodeFailure("misfit", reason=reason, machine=told)
    fitting = targets[wrong.index([])]
    return Kit(found.document["version"], found.digest, fitting, found.files)
