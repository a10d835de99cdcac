"""Files that are there whole or not at all."""

import os
import resource
import shutil
import tempfile
from pathlib import Path

import pytest

from agent.linux import whole_files


def test_the_old_content_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    whole_files.replace(path, b"first")
    (tmp_path / "settings.new").write_bytes(b"what a power cut left")
    whole_files.replace(path, b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["settings"]


def test_a_new_file_gets_the_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "key"
    whole_files.replace(path, b"secret", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    whole_files.replace(path, b"secret, too", 0o600)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_old_one_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "pole.toml"
    whole_files.replace(path, b"first")
    os.chown(path, 1234, 4321)
    whole_files.replace(path, b"second")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
def test_whoever_shares_a_folder_replaces_the_file_of_another() -> None:
    folder = Path(tempfile.mkdtemp())  # that of this test is nobody else's
    folder.chmod(0o777)
    path = folder / "registry.json"
    whole_files.replace(path, b"first")
    child = os.fork()
    if not child:
        try:
            os.setuid(1234)
            whole_files.replace(path, b"second")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert path.read_bytes() == b"second" and path.stat().st_uid == 1234
    assert path.stat().st_mode & 0o777 == 0o644
    shutil.rmtree(folder)


def test_a_disk_that_takes_no_more_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    whole_files.replace(path, b"first")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError):
            whole_files.replace(path, bytes(1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["settings"]
