"""One archive with all that a colleague needs to help from afar, and no secret.

Each part is collected by itself: what fails says so in its place, for the archive is wanted on the
worst of days.
"""

import errno
import io
import json
import tarfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.agent import VERSION
from agent.errors import AgentError, BadSettings
from agent.linux import machine_facts, node_slots, pole_toml, status_door
from agent.linux.journal_survey import Survey
from agent.linux.readonly_flash import ReadOnlyFlash
from agent.linux.scrub import Scrubber

_README = """\
From a pole agent, for whoever helps. No key, password or reading is in here.

settings.json  the pole.toml, parsed; secrets are "(removed)"
check.txt      what `pole check` says of it
status.json    the running agent, as `pole status --json` tells it, with its lines' counters
journal.json   what the journal holds, by lane: numbers, gaps, damage, wear
log.txt        the agent's log, newest last
versions.json  the installed versions, which one runs and why; Python packages
files.json     the node's folder: names, sizes, modes
system.json    the machine: system, load, disk, clock, serial ports, service
"""


class Support:
    """Collects for the node whose settings are in path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent
        self.scrubber = Scrubber()
        self.pole = ""
        self.journal = self.folder / "journal"
        self._parts: dict[str, str] = {"README.txt": _README}

    def collect(self) -> dict[str, str]:
        """The texts of the archive, by name."""
        self._text("check.txt", self._check)
        settings = self._settings()  # before all else: it tells what is secret
        self._json("settings.json", lambda: settings)
        self._json("status.json", lambda: status_door.ask(self.journal))
        self._json("journal.json", self._survey)
        self._text("log.txt", machine_facts.log)
        self._json("versions.json", self._versions)
        self._json("files.json", lambda: machine_facts.files(self.folder))
        self._json("system.json", lambda: machine_facts.system(self.folder))
        return {name: self.scrubber.clean(text) for name, text in self._parts.items()}

    def write(self, out: Path, parts: dict[str, str]) -> None:
        """Write the archive; only its owner may read it. OSError if it cannot be written, or would
        take the place of the settings."""
        if out.exists() and self.path.exists() and out.samefile(self.path):
            raise OSError(errno.EEXIST, f"{out} holds the settings: name another file")
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            for name, text in parts.items():
                body = text.encode("utf-8", "replace")
                info = tarfile.TarInfo(f"pole-support/{name}")
                info.size, info.mtime, info.mode = len(body), int(time.time()), 0o600
                archive.addfile(info, io.BytesIO(body))
        out.unlink(missing_ok=True)
        out.touch(mode=0o600)
        out.write_bytes(data.getvalue())

    def _settings(self) -> Any:
        scrubber = self.scrubber
        scrubber.learn_folder(self.folder)
        for file in machine_facts.passphrase_files():
            scrubber.learn_file(file)
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
            scrubber.learn_text(text)
            document = tomllib.loads(text)
        except (OSError, ValueError) as error:
            return {"unreadable": str(error)}
        for named in _strings(document):
            place = self.folder / named
            scrubber.learn_file(place)
            scrubber.learn_folder(place)
        self.pole = str(document.get("pole", {}).get("id", ""))
        return scrubber.settings(document)

    def _check(self) -> str:
        try:
            found = pole_toml.load(self.path, need_platform_key=False)
        except BadSettings as error:
            # Under a name that nobody knows may stand anything.
            strange = [part.where for part in error.mistakes if part.text.startswith("unknown")]
            self.scrubber.strange |= {where.rpartition(".")[2] for where in strange}
            return "\n".join(map(str, error.mistakes)) + "\n"
        self.journal = found.journal
        return "no mistakes\n"

    def _survey(self) -> dict[str, Any]:
        flash = ReadOnlyFlash(self.journal)
        try:
            return Survey(flash).as_json()
        finally:
            flash.close()

    def _versions(self) -> dict[str, Any]:
        slots = node_slots.of_node(self.folder).told()
        return {"this": VERSION, "slots": slots, "packages": machine_facts.packages()}

    def _json(self, name: str, collect: Callable[[], Any]) -> None:
        self._text(name, lambda: json.dumps(collect(), indent=1, ensure_ascii=False) + "\n")

    def _text(self, name: str, collect: Callable[[], str]) -> None:
        try:
            self._parts[name] = collect()
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            self._parts[name] = f"not to be had: {where}{error.strerror or error}\n"
        except (AgentError, ValueError, KeyError) as error:
            self._parts[name] = f"not to be had: {type(error).__name__}: {error}\n"


def _strings(items: Any) -> list[str]:
    """Every string in parsed settings that could name a file."""
    if isinstance(items, dict):
        return [text for value in items.values() for text in _strings(value)]
    if isinstance(items, list):
        return [text for value in items for text in _strings(value)]
    return [items] if isinstance(items, str) and len(items) < 200 and "\0" not in items else []
