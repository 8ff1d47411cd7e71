"""Which device runs which network: measured once on this machine, and only if it computes the same.

Every device gets the stored pictures whose answers are known. One that gives other answers is refused as a whole; one
that cannot run a network is not used for that one. The result is remembered until a network or a package changes.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
import hashlib
from importlib import metadata
import json
import logging
import os
from pathlib import Path
from statistics import median
import time

import numpy as np
from numpy.typing import NDArray

from .atomic_files import finish, open_partial
from .conversion.references import Reference, reference_for
from .errors import DeviceError, KithError, PackError, PackFailedTestError
from .network import Network
from .packs import Pack
from .runtimes import PACKAGES, Device, choose, open_session, runtime_name
from .runtimes.devices import CPU, devices, plugin_modules

type Picture = NDArray[np.float32]
type Run = Callable[[Picture], object]

_LOGGER = logging.getLogger(__name__)

AUTO = "auto"
ROUNDS = 9
"""Looks at a picture; the median counts, because other programs run, too."""
FASTER = 1.2
"""Times as fast as the processor that a device must be: less might be chance, and costs memory."""
_LONGEST = 200
"""Characters of what is said about it: Home Assistant's state has room for 255."""


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """device: its name by the network's role. words: what runs where, and why, for people to read."""

    device: Mapping[str, str]
    words: str


@dataclass(frozen=True, slots=True)
class DeviceTimes:
    """One device: milliseconds by the network's role, of those that it can run; refused: why it is not used at all."""

    device: Device
    took: Mapping[str, float]
    refused: str | None = None


def on_devices(pack: Pack, wanted: str, threads: int) -> Pack:
    """The pack with its networks on the devices that are best here, or on the wanted one.

    wanted: "auto", a device's name, or its beginning: "openvino" is the best of OpenVINO's. Raises DeviceError if it is
    not here or computes something else.
    """
    there = devices()
    suited = [one for one in there if wanted in (AUTO, one.name) or one.name.startswith(f"{wanted}-")]
    if not suited:
        raise DeviceError(f"there is no device {wanted} here; there are {', '.join(one.name for one in there)}")
    if suited == [there[0]]:
        return pack
    file = _file(pack, there, wanted, threads)
    choice = _remembered(file)
    if choice is None:
        choice = decide(measure(pack, (there[0], *(one for one in suited if one is not there[0])), threads), wanted)
        _remember(file, choice)
    by_name = {one.name: one for one in there}
    chosen = {role: by_name[name] for role, name in choice.device.items() if name in by_name}
    _LOGGER.info("Devices: %s", choice.words)
    return replace(pack, devices=chosen, runs_on=choice.words)


def measure(pack: Pack, candidates: tuple[Device, ...], threads: int) -> list[DeviceTimes]:
    """Of each device, the processor first. They take turns, so that whatever else runs here slows all of them."""
    took: dict[str, dict[str, float]] = {device.name: {} for device in candidates}
    refused: dict[str, str] = {}
    for network in pack.networks:
        reference = reference_for(network.sha256)
        if reference is None:
            why = f"there are no stored answers for {network.file} to compare with"
            refused |= {device.name: why for device in candidates if device.target}
            continue
        runs = {}
        for device in candidates:
            try:
                runs[device.name] = _trusted(pack, network, reference, device, threads)
            except PackFailedTestError as error:
                refused[device.name] = str(error)
            except Exception as error:  # a driver's errors have no common class, and the processor remains
                _LOGGER.info("%s does not run %s: %s", device.name, network.file, " ".join(str(error).split()))
        pictures = list(_sizes(network, reference))
        for run, picture in ((run, picture) for run in runs.values() for picture in pictures):
            run(picture)
        for name, times in _in_turn(runs, pictures).items():
            took[name][network.role] = median(times)
    return [
        DeviceTimes(device, {} if device.name in refused else took[device.name], refused.get(device.name))
        for device in candidates
    ]


def _trusted(pack: Pack, network: Network, reference: Reference, device: Device, threads: int) -> Run:
    """Raises PackFailedTestError if it does not give the stored answers, and whatever its driver does."""
    session = open_session(pack.place(network), threads, device)
    answers = session.run(reference.picture())
    try:
        reference.compare(answers)
    except PackError as error:
        raise PackFailedTestError(f"of {network.file}, {error}") from error
    return session.run


def _in_turn(runs: Mapping[str, Run], pictures: list[Picture]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(_milliseconds(run, pictures[number % len(pictures)]))
    return times


def decide(measured: list[DeviceTimes], wanted: str = AUTO) -> DeviceChoice:
    """Raises DeviceError if a wanted device is of no use."""
    cpu, *others = measured
    usable = [one for one in others if one.refused is None and one.took]
    useless = [one for one in others if one not in usable]
    refused = {one.device.name: one.refused or "it can run no network of the pack" for one in useless}
    for name, why in refused.items():
        _LOGGER.warning("The device %s is not used: %s", name, why)
    if wanted != AUTO and not usable:
        raise DeviceError(f"{wanted} cannot be used: {'; '.join(refused.values())}")
    least = FASTER if wanted == AUTO else 0.0
    device = {role: _best(role, took, usable, least) for role, took in cpu.took.items()}
    return DeviceChoice(device, _words(device, measured, refused, wanted))


def _best(role: str, cpu_took: float, usable: list[DeviceTimes], least: float) -> str:
    able = [(one.took[role], one.device.name) for one in usable if role in one.took]
    took, name = min(able, default=(cpu_took, CPU))
    return name if cpu_took >= least * took else CPU


def _words(device: Mapping[str, str], measured: list[DeviceTimes], refused: Mapping[str, str], wanted: str) -> str:
    took = {one.device.name: one.took for one in measured}
    whole = sum(took[CPU].values()) / max(sum(took[name][role] for role, name in device.items()), 1e-3)
    elsewhere = sorted({name for name in device.values() if name != CPU})
    parts = [f"{name} runs {', '.join(role for role, where in device.items() if where == name)}" for name in elsewhere]
    if parts:
        reason = "" if wanted == AUTO else "asked for, "
        words = f"{'; '.join(parts)} ({reason}{whole:.1f} × as fast in a trial)"
        if CPU in device.values():
            words += f"; {choose().runtime} {choose().version} runs the rest"
    else:
        slower = ", ".join(one.device.name for one in measured[1:] if one.device.name not in refused)
        words = runtime_name() + (f"; in a trial, {slower} was not faster" if slower else "")
    if refused:
        words += f"; refused: {', '.join(refused)}"
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _sizes(network: Network, reference: Reference) -> Iterator[Picture]:
    """Of a network that takes any size, two: some devices prepare each anew, and faces have all sizes."""
    picture = reference.picture()
    yield picture
    if network.input.stretched is None and network.input.side != network.input.multiple:
        yield np.ascontiguousarray(picture[:, :, : -network.input.multiple])


def _milliseconds(run: Run, picture: Picture) -> float:
    started = time.perf_counter()
    run(picture)
    return (time.perf_counter() - started) * 1000


def _file(pack: Pack, there: tuple[Device, ...], wanted: str, threads: int) -> Path:
    """Where the choice is kept: another file for other networks, devices, or versions."""
    known = [wanted, threads, _versions(), [one.name for one in there], [one.identity for one in pack.networks]]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "kith" / "devices" / f"{hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]}.json"


def _versions() -> list[str]:
    found = []
    for name in (*PACKAGES, *(module.replace("_", "-") for module in plugin_modules())):
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return found


def _remembered(file: Path) -> DeviceChoice | None:
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return DeviceChoice({str(role): str(name) for role, name in stored["device"].items()}, str(stored["words"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _remember(file: Path, choice: DeviceChoice) -> None:
    """If it can be stored; else the next start measures again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = open_partial(file.parent, file.name)
        partial.write_text(json.dumps({"device": dict(choice.device), "words": choice.words}), encoding="utf-8")
        finish(partial, file)
    except (OSError, KithError) as error:
        _LOGGER.info("The choice of devices cannot be remembered: %s", error)
