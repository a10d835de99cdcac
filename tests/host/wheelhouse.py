"""Wheels of what is installed here, packed again: an installation is tested without a network."""

import base64
import hashlib
import importlib.metadata
import zipfile
from pathlib import Path

NEEDED = ("pyserial", "paho-mqtt", "aiocoap", "typing-extensions", "prometheus-client")


def fill(folder: Path) -> Path:
    """Pack what the agent needs into folder; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NEEDED:
        pack(name, folder)
    return folder


def pack(name: str, folder: Path) -> None:
    """One wheel, from the files that its own record names. What is not installed is left out."""
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return
    tags = [line[5:] for line in (found.read_text("WHEEL") or "").splitlines()
            if line.startswith("Tag: ")]  # fmt: skip
    plain = found.metadata["Name"].replace("-", "_").replace(".", "_")
    path = folder / f"{plain}-{found.version}-{_joined(tags)}.whl"
    record = []
    with zipfile.ZipFile(path, "w") as archive:
        for file in found.files or ():
            inside = file.as_posix()
            if inside.startswith("..") or inside.endswith((".pyc", "/RECORD", "/INSTALLER")):
                continue
            data = Path(str(found.locate_file(file))).read_bytes()
            archive.writestr(inside, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{inside},sha256={digest},{len(data)}")
        info = f"{plain}-{found.version}.dist-info/RECORD"
        inside = next(file.as_posix() for file in found.files or () if file.name == "RECORD")
        archive.writestr(inside or info, "\n".join([*record, f"{inside},,"]) + "\n")


def _joined(tags: list[str]) -> str:
    """py2-none-any and py3-none-any are py2.py3-none-any."""
    parts = [tag.split("-") for tag in tags]
    return "-".join(".".join(dict.fromkeys(part[index] for part in parts)) for index in range(3))
