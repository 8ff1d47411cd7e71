"""Packs lie side by side; one of them is in use, and a file says which.

So an update of Kith alone changes no network: what is in use stays, whatever came with it. All here is for an executor.
"""

from pathlib import Path
import re
import shutil

from ..kith_engine.atomic_files import finish, open_partial, unwritable
from ..kith_engine.manifest import Manifest

CHOSEN = "chosen"
_NAME = re.compile(r"\w[\w.-]*")


class Shelf:
    """A folder of packs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def chosen(self) -> Path | None:
        """The pack in use, as far as its folder is there."""
        try:
            name = (self.folder / CHOSEN).read_text(encoding="utf-8")
        except OSError, UnicodeDecodeError:
            return None
        pack = self.folder / name
        return pack if _NAME.fullmatch(name) and pack.is_dir() else None

    def place(self, manifest: Manifest) -> Path:
        """Where this pack lies, or would."""
        return self.folder / manifest.folder

    def chosen_name(self) -> str | None:
        """Of the pack in use, whatever is in its folder."""
        chosen = self.chosen()
        return chosen.name.rsplit("-", 2)[0] if chosen else None  # see Manifest.folder

    def choose(self, pack: Path) -> None:
        """Raises PackUnwritableError; then the choice is as before."""
        partial = open_partial(self.folder, CHOSEN)
        try:
            partial.write_text(pack.name, encoding="utf-8")
            finish(partial, self.folder / CHOSEN)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        finally:
            partial.unlink(missing_ok=True)

    def others(self, pack: Path) -> list[Path]:
        """They may have files in common."""
        return [other for other in sorted(self.folder.glob("*")) if other.is_dir() and other != pack]

    def clear(self) -> None:
        """Remove what is not in use."""
        if chosen := self.chosen():
            for other in self.others(chosen):
                shutil.rmtree(other, ignore_errors=True)
