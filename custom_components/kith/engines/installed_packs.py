"""A folder of packs, and two notes: which one is in use, and what the owner wants beyond what every home has.

So an update of Kith alone changes no network. All functions block: call them in an executor.
"""

from collections.abc import Collection
from pathlib import Path
import re
import shutil

from ..kith_engine.atomic_files import write
from ..kith_engine.manifest import Manifest, load_stored
from ..kith_engine.network import Network, Role

CHOSEN, EXTRAS = "chosen", "extras"
"""The notes' names."""
_NAME = re.compile(r"\w[\w.-]*")


class InstalledPacks:
    """A folder of packs."""

    def __init__(self, folder: Path, note: Path | None = None) -> None:
        """note: the file that names the pack in use, if it is not in the folder; the other note lies beside it."""
        self.folder = folder
        self._note = note or folder / CHOSEN
        self._extras_note = self._note.with_name(EXTRAS)

    def adopt(self, former: Path) -> None:
        """Take over the packs of an earlier version of Kith, which kept them where backups took them along."""
        if not former.is_dir() or self.folder.exists():
            return
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(former, self.folder)
        if (note := self.folder / CHOSEN).is_file():
            note.replace(self._note)

    def chosen(self) -> Path | None:
        """The pack in use; None if its folder is missing."""
        noted = self._noted()
        return noted if noted is not None and noted.is_dir() else None

    def _noted(self) -> Path | None:
        """The folder of the pack in use, whether it exists or not."""
        try:
            name = self._note.read_text(encoding="utf-8")
        except OSError, UnicodeDecodeError:
            return None
        return self.folder / name if _NAME.fullmatch(name) else None

    def place(self, manifest: Manifest) -> Path:
        """The folder of this pack, whether it exists or not."""
        return self.folder / manifest.folder

    def chosen_name(self) -> str | None:
        """The name of the pack in use, even if its folder is missing, as after a restore."""
        noted = self._noted()
        return noted.name.rsplit("-", 2)[0] if noted else None  # see Manifest.folder

    def choose(self, pack: Path) -> None:
        """Raises PackUnwritableError; then the choice is unchanged."""
        write(self._note, pack.name.encode())

    def extras(self, pack: Path) -> frozenset[Role]:
        """The roles of the networks on demand that this pack has. Raises PackError."""
        manifest = load_stored(pack)
        return manifest.on_demand_in(pack) if manifest else frozenset()

    def wanted(self) -> frozenset[Role]:
        """The roles of the networks on demand that the owner wants of every pack that has them. Raises PackError.

        Where an earlier version of Kith noted none, those that the pack in use has.
        """
        noted = self._noted_extras()
        if noted is not None:
            return noted
        pack = self.chosen()
        return self.extras(pack) if pack else frozenset()

    def want(self, pack: Path, roles: Collection[Role]) -> None:
        """Of what this pack has on demand, the owner wants these. Raises PackError; then the wish is unchanged."""
        elsewhere = self.wanted() - {network.role for network in _on_demand(pack)}
        write(self._extras_note, "\n".join(sorted({*elsewhere, *roles})).encode())

    def note_extras(self, pack: Path) -> None:
        """Note what is here of what this pack has on demand, unless that is done. Raises PackError."""
        if self._noted_extras() is None:
            self.want(pack, self.extras(pack))

    def _noted_extras(self) -> frozenset[Role] | None:
        try:
            words = self._extras_note.read_text(encoding="utf-8").split()
        except OSError, UnicodeDecodeError:
            return None
        return frozenset(role for role in Role if role in words)

    def drop(self, pack: Path, roles: Collection[Role]) -> None:
        """Remove these networks, which are used on demand, and what was made of them. Raises PackError."""
        for network in _on_demand(pack):
            if network.role in roles:
                for path in pack.glob(f"{Path(network.file).stem}.*"):
                    path.unlink(missing_ok=True)

    def others(self, pack: Path) -> list[Path]:
        """The other packs, which may share files with this one."""
        return [other for other in sorted(self.folder.glob("*")) if other.is_dir() and other != pack]

    def clear(self) -> None:
        """Remove the packs that are not in use."""
        if chosen := self.chosen():
            for other in self.others(chosen):
                shutil.rmtree(other, ignore_errors=True)


def _on_demand(pack: Path) -> tuple[Network, ...]:
    manifest = load_stored(pack)
    return manifest.on_demand if manifest else ()
