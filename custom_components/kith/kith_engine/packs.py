"""A pack on disk: fetched whole, checked to the last byte, opened by role."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
import hashlib
import os
from pathlib import Path
import time

import aiohttp

from .atomic_files import finish, open_partial, unwritable, write
from .errors import PackDamagedError, PackError, PackUnavailableError
from .manifest import SHIPPED, STORED, Manifest, find_stored, load_manifest, load_stored, to_store
from .network import File, Network, Role
from .runtimes import Device, InferenceSession, open_session, prepare_file

__all__ = ["Pack", "fetch", "load_manifest", "manifest_in", "open_pack", "place_of", "prepare", "store", "verify"]

Progress = Callable[[int, int], None]
"""Called with the bytes fetched so far and the bytes of the whole pack."""

MIRROR = "KITH_MODEL_MIRROR"
_PLACES = ("{}", "*/{}", "*/*/{}")
"""Where a file may lie in a folder: a mirror of several makers has a folder for each network."""
_CHUNK = 256 * 1024
_ABANDONED_S = 24 * 3600
"""Nobody still writes to a temporary file this old: its process was killed."""
_PATIENCE = aiohttp.ClientTimeout(total=None, connect=30, sock_read=60)


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder whose files were checked against the manifest.

    devices: where networks run, by role, if not where the runtime would run them; runs_on: that for people to read.
    """

    manifest: Manifest
    folder: Path
    devices: Mapping[str, Device] = field(default_factory=dict)
    runs_on: str = ""

    @property
    def networks(self) -> tuple[Network, ...]:
        """Those that are here: one that is used on demand may not be."""
        return _here(self.folder, self.manifest)

    def open(self, role: Role, threads: int) -> InferenceSession:
        """Raises PackError if the pack has no such network, and what `open_network` raises."""
        return self.open_network(self.manifest.network(role), threads)

    def open_network(self, network: Network, threads: int) -> InferenceSession:
        """Raises PackError if the runtime cannot run it, RuntimeMissingError if there is none, InferenceServerError."""
        return open_session(self.place(network), threads, self.devices.get(network.role))

    def place(self, network: Network) -> Path:
        """The path of its file; of OpenVINO's two, that of the one with the layers."""
        return place_of(self.folder, network)


def manifest_in(folder: Path, name: str = "standard") -> Manifest:
    """The manifest stored in this folder; in a plain folder of files, the one of this name that came with Kith."""
    return load_stored(folder) or load_manifest(name)


def open_pack(folder: Path, name: str = "standard") -> Pack:
    """Raises PackUnavailableError or PackDamagedError if a file is missing or not the published one."""
    manifest = manifest_in(folder, name)
    verify(folder, manifest)
    return Pack(manifest, folder)


def verify(folder: Path, manifest: Manifest) -> None:
    """Read every file of the pack. Raises PackUnavailableError if one is missing, PackDamagedError if one differs by a
    byte.
    """
    for file in _files(_here(folder, manifest)):
        path = _path(folder, file)
        try:
            if _digest(path) != file.sha256:
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
    *,
    demanded: Collection[Role] = (),
) -> None:
    """Fetch missing files from the mirror folder, else from $KITH_MODEL_MIRROR, else from their makers.

    nearby: folders that may have some of them, before what came with Kith and all others. demanded: of what is used on
    demand, what is brought too; what was brought before, even under other names, comes in any case. A file appears
    under its name only when it is whole and has the right digest; good ones are kept. Raises PackUnavailableError,
    PackDamagedError or PackUnwritableError, and leaves nothing half behind.
    """
    if mirror is None and os.environ.get(MIRROR):
        mirror = Path(os.environ[MIRROR])
    report = progress or (lambda _done, _total: None)
    await asyncio.to_thread(_make_room, folder)
    here = await asyncio.to_thread(_here, folder, manifest)
    roles = {*demanded, *await asyncio.to_thread(_brought_before, folder)}
    networks = [network for network in manifest.networks if network in here or network.role in roles]
    total, done = sum(network.bytes for network in networks), 0
    for file in _files(networks):
        if not await asyncio.to_thread(_is_good, folder / file.name, file):
            there = await asyncio.to_thread(_find, file, (*nearby, SHIPPED))
            if not there and mirror:
                there = await asyncio.to_thread(_inside, mirror, file.name)
            await _bring(file, folder, there, _from(done, total, report))
        done += file.bytes
        report(done, total)


def place_of(folder: Path, network: Network) -> Path:
    """The file by which a network is opened; a second one lies beside it."""
    return _path(folder, network.files[0])


def _here(folder: Path, manifest: Manifest) -> tuple[Network, ...]:
    return tuple(
        network
        for network in manifest.networks
        if not network.on_demand or all(_path(folder, file).exists() for file in network.files)
    )


def _brought_before(folder: Path) -> frozenset[Role]:
    """Of what is used on demand, also by a manifest that calls its files otherwise."""
    before = find_stored(folder)
    return before.on_demand_in(folder) if before else frozenset()


def _files(networks: Sequence[Network]) -> list[File]:
    return [file for network in networks for file in network.files]


def _path(folder: Path, file: File) -> Path:
    """A plain folder of published files lacks those that came with Kith."""
    there = _inside(folder, file.name)
    return there if file.urls or there.exists() else SHIPPED / file.name


def _inside(folder: Path, name: str) -> Path:
    """Where it lies in this folder or, as in a mirror, in one below; where it would lie if it is not there."""
    paths = (path for place in _PLACES for path in folder.glob(place.format(name)))
    return next(paths, folder / name)


def store(manifest: Manifest, folder: Path) -> None:
    """Store the manifest in a pack's folder. Raises PackUnwritableError."""
    write(folder / STORED, to_store(manifest))


def prepare(manifest: Manifest, folder: Path) -> None:
    """Make the files that the runtime here needs beside good ones, if any, and test them.

    Raises PackError, PackUnwritableError among others, if that fails, and leaves no partial file behind.
    """
    for network in _here(folder, manifest):
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


def _find(file: File, folders: Sequence[Path]) -> Path | None:
    paths = (folder / file.name for folder in folders)
    return next((path for path in paths if _is_good(path, file)), None)


def _is_good(path: Path, file: File) -> bool:
    try:
        return path.stat().st_size == file.bytes and _digest(path) == file.sha256
    except OSError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _bring(file: File, folder: Path, there: Path | None, report: Callable[[int], None]) -> None:
    """From this place, else from the first address that has it."""
    if there:
        await _write(file, folder, _copy(there), report)
        return
    if not file.urls:
        raise PackUnavailableError(f"{file.name} comes with Kith and is missing or damaged there; install Kith again")
    failures: list[PackError] = []
    for url in file.urls:
        try:
            await _write(file, folder, _download(url), report)
            return
        except (PackUnavailableError, PackDamagedError) as error:
            failures.append(error)
    raise type(failures[-1])(". ".join(str(failure) for failure in failures)) from failures[-1]


async def _copy(path: Path) -> AsyncIterator[bytes]:
    try:
        # in a thread, as it waits for a network's disk that is away; unbuffered, or closing would wait for what is read
        with await asyncio.to_thread(path.open, "rb", 0) as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
    except OSError as error:
        raise PackUnavailableError(
            f"the mirror has no {path} ({error.strerror}); complete it, or fetch without it"
        ) from error


async def _download(url: str) -> AsyncIterator[bytes]:
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, trust_env=True) as session,
            session.get(url) as response,
        ):
            response.raise_for_status()
            async for chunk in response.content.iter_chunked(_CHUNK):
                yield chunk
    except aiohttp.ClientResponseError as error:
        raise PackUnavailableError(f"{url} answered {error.status} {error.message}; try again later") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise PackUnavailableError(f"{url} cannot be downloaded ({reason}); is the internet reachable?") from error


async def _write(file: File, folder: Path, chunks: AsyncIterator[bytes], report: Callable[[int], None]) -> None:
    """Stream into a hidden file beside the final one; give it its name when all of it is known to be right."""
    opened: list[Path] = []
    try:
        await _to_its_end(lambda: opened.append(open_partial(folder, file.name)))
        (path,) = opened
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > file.bytes:
                break
            await _to_its_end(partial(_append, path, chunk))
            digest.update(chunk)
            report(size)
        if size != file.bytes or digest.hexdigest() != file.sha256:
            raise PackDamagedError(
                f"what came for {file.name} is not the published file"
                f" ({'more than' if size > file.bytes else f'{size} of'} {file.bytes} bytes);"
                " fetch again, or check what the network or the mirror puts in its place"
            )
        await _to_its_end(partial(finish, path, folder / file.name))
    finally:
        for path in opened:
            path.unlink(missing_ok=True)


async def _to_its_end(work: Callable[[], None]) -> None:
    """In a thread, and canceled only when it is done: what went on writing would leave a file behind."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.gather(working, return_exceptions=True)
        raise


def _append(path: Path, chunk: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(chunk)
    except OSError as error:
        raise unwritable(path.parent, error) from error
