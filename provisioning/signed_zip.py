"""The file that a bundle is: a zip with a signed manifest.

``manifest.json`` names every file with its SHA-256, ``manifest.sig`` is SM2 with SM3 over the
manifest's bytes (64 bytes r‖s). Nothing in it is looked at before the signature is verified.
"""

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import BadSignature
from agent.linux.entropy import Entropy
from agent.protocols import sm2

FORMAT = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
SETTINGS = "settings/pole.toml"  # where a bundle has settings
_MAX = 128 << 20  # bytes of all files: a bundle is some MB
_EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same content makes the same file


class BadBundle(ValueError):
    """A bundle, or a part of one, that must not be installed anywhere. Says why."""


@dataclass(frozen=True)
class Contents:
    """document: the manifest; digest: its SHA-256, in hex; files: content by name."""

    document: dict[str, Any]
    digest: str
    files: dict[str, bytes]


def release_key(path: Path) -> bytes:
    """The public half of a release key, 65 bytes, from the file of hex digits that ``pole bundle``
    writes. BadBundle where it is none, OSError if it cannot be read."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != 65 or key[0] != 4:
        text = "expected the public half of a release key (release.pub): 130 hex digits"
        raise BadBundle(f"{path}: {text}")
    return key


def write(path: Path, document: dict[str, Any], files: dict[str, bytes], key: int) -> None:
    """Sign those files and write them. document: what else the manifest shall say."""
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    whole = {"format": FORMAT, **document, "files": digests}
    manifest = json.dumps(whole, indent=1, sort_keys=True).encode("ascii")
    signature = sm2.sign(key, manifest, Entropy().take(32))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [(MANIFEST, manifest), (SIGNATURE, signature), *sorted(files.items())]:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def read(path: Path, trusted: bytes) -> Contents:
    """Read and check. trusted: the release key's public half, 65 bytes.

    BadBundle, with the reason, for one that is cut off, unsigned, signed by another key, or
    changed. OSError if it cannot be read.
    """
    manifest, signature, files = _unzipped(path)
    try:
        sm2.verify(trusted, manifest, signature)
    except BadSignature:
        raise BadBundle("it is not signed by the key that this machine trusts") from None
    document = json.loads(manifest)
    if document["format"] != FORMAT:
        raise BadBundle(f"it has format {document['format']}; this tool reads {FORMAT}")
    for name, digest in document["files"].items():
        if hashlib.sha256(files.get(name, b"")).hexdigest() != digest:
            raise BadBundle(f"{name} in it is damaged or missing")
    for name in files.keys() - document["files"].keys():
        raise BadBundle(f"{name} in it is not signed")
    return Contents(document, hashlib.sha256(manifest).hexdigest(), files)


def _unzipped(path: Path) -> tuple[bytes, bytes, dict[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _MAX:
                raise BadBundle("it is far too large for a bundle")
            files: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise BadBundle("it is cut off or damaged") from None
    if MANIFEST not in files:
        raise BadBundle("it has no manifest")
    if SIGNATURE not in files:
        raise BadBundle("it is not signed")
    return files.pop(MANIFEST), files.pop(SIGNATURE), files
