"""Public git repositories as sources of files: clones without contents, which are fetched on demand."""

from collections.abc import Iterator
import io
from pathlib import Path
import subprocess


class Repository:
    """A bare clone in a folder, made if missing. name: OWNER/NAME of a public one on GitHub."""

    def __init__(self, name: str, folder: Path) -> None:
        self._path = folder / f"{name}.git"
        if not self._path.exists():
            address = f"https://github.com/{name}"
            _run("git", "clone", "--quiet", "--bare", "--filter=blob:none", address, str(self._path))

    def files(self, commit: str) -> dict[str, str]:
        """Maps paths to git's hashes of their contents."""
        listed = self._git("ls-tree", "-r", "-z", commit).decode(errors="replace")
        entries = [entry.partition("\t") for entry in listed.split("\0") if entry]
        return {path: about.split()[2] for about, _, path in entries}

    def contents(self, blobs: list[str]) -> Iterator[tuple[str, bytes]]:
        """Available contents by git's hashes; fetched together if the clone lacks them."""
        if not blobs:
            return
        names = "\n".join(blobs).encode()
        if self._git("config", "--default", "", "remote.origin.partialclonefilter").strip():
            fetch = (
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--filter=blob:none",
                "--stdin",
                "origin",
            )
            self._git("-c", "fetch.negotiationAlgorithm=noop", *fetch, standard_input=names)
        batch = io.BytesIO(self._git("cat-file", "--batch", standard_input=names))
        for header in batch:
            blob, kind, *size = header.decode().split()
            if kind == "blob":
                yield blob, batch.read(int(size[0]))
                batch.read(1)

    def _git(self, *arguments: str, standard_input: bytes | None = None) -> bytes:
        return _run("git", "--git-dir", str(self._path), *arguments, standard_input=standard_input)


def _run(*command: str, standard_input: bytes | None = None) -> bytes:
    return subprocess.run(command, check=True, input=standard_input, stdout=subprocess.PIPE).stdout  # noqa: S603
