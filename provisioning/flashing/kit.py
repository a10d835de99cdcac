"""The bundle that was given, if it is one of whoever is trusted here."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning import bundle, signed_zip
from provisioning.flashing.words import Failure

TRUST = Path("~/.config/pole/release.pub")


def opened(path: Path, trust: Path | None) -> bundle.Bundle:
    """The bundle at path. trust: the file of the release key's public half, TRUST if None. Failure
    that says what is wrong with either."""
    try:
        return bundle.load(path, _trusted(trust))
    except bundle.BadBundle as error:
        raise Failure("bad-bundle", reason=str(error)) from None
    except OSError as error:
        raise Failure("bad-bundle", reason=f"{path}: {error.strerror}") from None


@contextmanager
def settings(named: Path | None, kit: bundle.Bundle) -> Iterator[Path | None]:
    """The settings that were named, else those of the bundle, in a file for as long as this lasts;
    None where there are none."""
    if named is not None or signed_zip.SETTINGS not in kit.files:
        yield named
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(signed_zip.SETTINGS).name
        path.write_bytes(kit.files[signed_zip.SETTINGS])
        yield path


def _trusted(named: Path | None) -> bytes:
    path = named or TRUST.expanduser()
    if named is None and not path.exists():
        raise Failure("no-trust")
    try:
        return signed_zip.release_key(path)
    except OSError as error:
        raise Failure("unread-trust", path=path, reason=error.strerror) from None
    except bundle.BadBundle:
        raise Failure("bad-trust", path=path) from None
