"""A pack on disk: fetched whole, checked to the last byte, opened by role."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
import hashlib
import os
from pathlib import Path
import time

import aiohttp

from .atomic_files import finish, open_partial, unwritable
from .errors import PackDamagedError, PackUnavailableError
from .manifest import SHIPPED, STORED, Manifest, load_manifest, load_stored, to_store
from .network import Network, Role
from .runtimes import InferenceSession, open_session, prepare_file

__all__ = ["Pack", "fetch", "load_manifest", "manifest_in", "open_pack", "place_of", "prepare", "store", "verify"]

Progress = Callable[[int, int], None]
"""Called with the bytes fetched so far and the bytes of the whole pack."""

MIRROR = "KITH_MODEL_MIRROR"
_CHUNK = 256 * 1024
_ABANDONED_S = 24 * 3600
"""Nobody still writes to a temporary file this old: its process was killed."""
_PATIENCE = aiohttp.ClientTimeout(total=None, connect=30, sock_read=60)


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder whose files were checked against the manifest."""

    manifest: Manifest
    folder: Path

    def open(self, role: Role, threads: int) -> InferenceSession:
        """Raises PackError if there is no such network or it cannot be run, RuntimeMissingError without a runtime."""
        return self.open_network(self.manifest.network(role), threads)

    def open_network(self, network: Network, threads: int) -> InferenceSession:
        return open_session(place_of(self.folder, network), threads)


def manifest_in(folder: Path, name: str = "standard") -> Manifest:
    """The manifest stored in this folder; in a plain folder of files, the one of this name that came with Kith."""
    return load_stored(folder) or load_manifest(name)


def open_pack(folder: Path, name: str = "standard") -> Pack:
    """Raises PackUnavailableError or PackDamagedError if a file is missing or not the published one."""
    manifest = manifest_in(folder, name)
    verify(folder, manifest)
    return Pack(manifest, folder)


def verify(folder: Path, manifest: Manifest) -> None:
    """Check every file. Raises PackUnavailableError if one is missing, PackDamagedError if one differs by a byte."""
    for network in manifest.networks:
        path = place_of(folder, network)
        try:
            if _digest(path) != network.sha256:
                raise PackDamagedError(
                    f"{path} is damaged (its SHA-256 is not the published one); fetch the pack again"
                )
        except OSError as error:
            raise PackUnavailableError(f"{path} cannot be read ({error.strerror}); fetch the pack") from error


async def fetch(
    manifest: Manifest,
    folder: Path,
    mirror: Path | None = None,
    progress: Progress | None = None,
    nearby: Sequence[Path] = (),
) -> None:
    """Fetch missing files from the mirror folder, else from $KITH_MODEL_MIRROR, else from their makers.

    nearby: folders to look in first, before what came with Kith. A file appears under its name only when it is complete
    and has the right digest; good ones are kept. Raises PackUnavailableError, PackDamagedError or PackUnwritableError,
    and leaves no partial file behind.
    """
    if mirror is None and os.environ.get(MIRROR):
        mirror = Path(os.environ[MIRROR])
    report = progress or (lambda _done, _total: None)
    await asyncio.to_thread(_make_room, folder)
    done = 0
    for network in manifest.networks:
        if not await asyncio.to_thread(_is_good, folder / network.file, network):
            there = await asyncio.to_thread(_find, network, (*nearby, SHIPPED)) or (mirror and mirror / network.file)
            chunks = _copy(there) if there else _download(network)
            await _write(network, folder, chunks, _from(done, manifest.bytes, report))
        done += network.bytes
        report(done, manifest.bytes)


def place_of(folder: Path, network: Network) -> Path:
    """A network's file: a plain folder of published ones lacks those that came with Kith."""
    there = folder / network.file
    return there if network.url or there.exists() else SHIPPED / network.file


def store(manifest: Manifest, folder: Path) -> None:
    """Store the manifest in a pack's folder. Raises PackUnwritableError."""
    partial = open_partial(folder, STORED)
    try:
        partial.write_bytes(to_store(manifest))
        finish(partial, folder / STORED)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        partial.unlink(missing_ok=True)


def prepare(manifest: Manifest, folder: Path) -> None:
    """Make the files that the runtime here needs beside good ones, if any, and test them.

    Raises PackError, PackUnwritableError among others, if that fails, and leaves no partial file behind.
    """
    for network in manifest.networks:
        prepare_file(folder / network.file)


def _from(before: int, total: int, report: Progress) -> Callable[[int], None]:
    return lambda more: report(before + more, total)


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob(".*.part"):
            if path.stat().st_mtime < time.time() - _ABANDONED_S:
                path.unlink()
    except OSError as error:
        raise unwritable(folder, error) from error


def _find(network: Network, folders: Sequence[Path]) -> Path | None:
    paths = (folder / network.file for folder in folders)
    return next((path for path in paths if _is_good(path, network)), None)


def _is_good(path: Path, network: Network) -> bool:
    try:
        return path.stat().st_size == network.bytes and _digest(path) == network.sha256
    except OSError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _copy(path: Path) -> AsyncIterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
    except OSError as error:
        raise PackUnavailableError(
            f"the mirror has no {path} ({error.strerror}); complete it, or fetch without it"
        ) from error


async def _download(network: Network) -> AsyncIterator[bytes]:
    if network.url is None:
        raise PackUnavailableError(
            f"{network.file} comes with Kith and is missing or damaged there; install Kith again"
        )
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, trust_env=True) as session,
            session.get(network.url) as response,
        ):
            response.raise_for_status()
            async for chunk in response.content.iter_chunked(_CHUNK):
                yield chunk
    except aiohttp.ClientResponseError as error:
        raise PackUnavailableError(f"{network.url} answered {error.status} {error.message}; try again later") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise PackUnavailableError(
            f"{network.url} cannot be downloaded ({reason}); is the internet reachable?"
        ) from error


async def _write(network: Network, folder: Path, chunks: AsyncIterator[bytes], report: Callable[[int], None]) -> None:
    """Stream into a hidden file beside the final one; give it its name when all of it is known to be right."""
    partial = await asyncio.to_thread(open_partial, folder, network.file)
    try:
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > network.bytes:
                break
            await asyncio.to_thread(_append, partial, chunk)
            digest.update(chunk)
            report(size)
        if size != network.bytes or digest.hexdigest() != network.sha256:
            raise PackDamagedError(
                f"what came for {network.file} is not the published file"
                f" ({'more than' if size > network.bytes else size} {network.bytes} bytes);"
                " fetch again, or check whether the network or the mirror replaces it"
            )
        await asyncio.to_thread(finish, partial, folder / network.file)
    finally:
        partial.unlink(missing_ok=True)


def _append(path: Path, chunk: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(chunk)
    except OSError as error:
        raise unwritable(path.parent, error) from error
