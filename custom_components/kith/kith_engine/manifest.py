"""What a pack says about itself: its networks, which faces they are for, and what their numbers mean as evidence.

Light on purpose: Home Assistant's own process reads manifests too.
"""

from dataclasses import dataclass, field
import hashlib
import json
from pathlib import Path
from typing import Any

from .calibration import Calibration, decode_calibration
from .errors import PackDamagedError, PackError, PackUnavailableError
from .json_reader import ManifestReader
from .network import Network, Role, Vectors, read_network

MANIFESTS = Path(__file__).parent / "manifests"
SHIPPED = MANIFESTS / "networks"
"""Files of networks that came with Kith."""
STORED = "manifest.json"
"""In a pack's folder: describes its files and how to read them, whatever a later Kith brings."""
_SHORT = 12
"""Hexadecimal digits by which packs are told apart."""
_COUNTS = {
    Role.PERSON: (1,),
    Role.SECOND_LOOK: (0, 1),
    Role.FACE: (1,),
    Role.LANDMARKS: (0, 1),
    Role.MOUTH: (0, 1),
    Role.EMBEDDING: (1, 2),
    Role.BODY: (0, 1),
}
"""The least and the most networks that a pack has for each role."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits within which this pack's embedding can compare a face; measured by quality.py, in its units.

    smallest_face: width in pixels at full size. darkest, brightest: mean luminance. least_contrast: standard deviation
    of the luminance. most_hidden: share of the aligned face that lies beyond the picture's edge.
    """

    smallest_face: int
    least_sharpness: float
    most_yaw: float
    darkest: float
    brightest: float
    least_contrast: float
    most_hidden: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pack's description. text: all of it, as canonical JSON."""

    name: str
    version: str
    title: str
    networks: tuple[Network, ...]
    limits: Limits
    calibrated_on: str
    calibration: Calibration
    text: str = field(repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Digest of the description: packs that differ in anything differ in this."""
        return _digest(self.text)

    @property
    def calibration_digest(self) -> str:
        """Digest of the calibration: by another one, evidence is in another unit."""
        return _digest(_canonical(json.loads(self.text)["calibration"]))

    @property
    def folder(self) -> str:
        """A name for the pack's folder, so that packs can lie side by side."""
        return f"{self.name}-{self.version}-{self.digest}"

    def network(self, role: Role) -> Network:
        """Raises PackError if the pack has none for this role."""
        if network := self.optional(role):
            return network
        raise PackError(f"pack '{self.name}' has no network for '{role}'; use a pack that has one")

    def optional(self, role: Role) -> Network | None:
        """The network for this role, if the pack has one."""
        return next((network for network in self.networks if network.role is role), None)

    @property
    def landmarks(self) -> Network | None:
        """The landmark network, if the pack has one."""
        return self.optional(Role.LANDMARKS)

    @property
    def second(self) -> Network | None:
        """The second embedding network, if the pack has one."""
        first = self.network(Role.EMBEDDING)
        rest = (network for network in self.networks if network.role is Role.EMBEDDING and network is not first)
        return next(rest, None)

    @property
    def installed(self) -> tuple[Network, ...]:
        """Those that every installation has: what is used on demand comes when it is asked for."""
        return tuple(network for network in self.networks if not network.on_demand)

    @property
    def on_demand(self) -> tuple[Network, ...]:
        """The others."""
        return tuple(network for network in self.networks if network.on_demand)

    def on_demand_in(self, folder: Path) -> frozenset[Role]:
        """The roles of those whose files are all in this folder."""
        return frozenset(
            network.role for network in self.on_demand if all((folder / file.name).exists() for file in network.files)
        )

    @property
    def bytes(self) -> int:
        """The size of what is installed."""
        return sum(network.bytes for network in self.installed)

    @property
    def download(self) -> int:
        """Bytes of what is installed that do not come with Kith."""
        return sum(network.download for network in self.installed)


def manifest_names() -> list[str]:
    """The packs that this version of Kith knows."""
    return sorted(path.stem for path in MANIFESTS.glob("*.json"))


def manifest_file(name: str) -> Path:
    return MANIFESTS / f"{name}.json"


def load_manifest(name: str) -> Manifest:
    """Read a manifest that came with Kith; raises PackError if there is none of this name."""
    if name not in manifest_names():
        raise PackError(f"no pack is called '{name}'; there are: {', '.join(manifest_names())}")
    return read_manifest(manifest_file(name).read_text(encoding="utf-8"), name)


def load_notes(name: str) -> str:
    """Notes on this pack beyond its manifest, as Markdown; empty for most."""
    path = MANIFESTS / f"{name}.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def load_stored(folder: Path) -> Manifest | None:
    """The manifest in a pack's folder, None if there is none.

    Raises PackDamagedError if it is not what was stored, PackError if this version of Kith cannot read it.
    """
    path = folder / STORED
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        digest, text = stored["digest"], _canonical(stored["manifest"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PackUnavailableError(f"{path} cannot be read ({error.strerror}); fetch the pack") from error
    except (ValueError, TypeError, KeyError) as error:
        raise PackDamagedError(f"{path} is damaged (it is not a manifest); fetch the pack again") from error
    if digest != _digest(text):
        raise PackDamagedError(f"{path} is damaged (its digest does not match); fetch the pack again")
    return read_manifest(text, str(path))


def find_stored(folder: Path) -> Manifest | None:
    """The same for whoever replaces it: None also if it cannot be used."""
    try:
        return load_stored(folder)
    except PackError:
        return None


def to_store(manifest: Manifest) -> bytes:
    """What `load_stored` reads."""
    return json.dumps({"digest": manifest.digest, "manifest": json.loads(manifest.text)}).encode()


def read_manifest(text: str, origin: str) -> Manifest:
    """JSON → manifest; raises PackError that names the origin, the place and what is wrong there."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise PackError(f"{origin}: the manifest is not JSON ({error})") from error
    root = ManifestReader(raw, origin)
    networks = tuple(read_network(fields) for fields in root.many("networks"))
    roles = [network.role for network in networks]
    if any(roles.count(role) not in counts for role, counts in _COUNTS.items()):
        raise PackError(
            f"{origin}: networks must be one for person, one for face, one or two embeddings, and one or none for"
            f" landmarks, mouth, second look and body, not {[str(role) for role in roles]}"
        )
    return Manifest(
        name=root.text("name", r"\w[\w-]*"),  # this and the version become part of a folder's name
        version=root.text("version", r"\w[\w.]*"),
        title=root.text("title"),
        networks=networks,
        limits=_limits(root.one("limits")),
        calibrated_on=root.text("calibrated_on"),
        calibration=_calibration(root, networks),
        text=_canonical(raw),
    )


def _canonical(manifest: Any) -> str:
    return json.dumps(manifest, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_SHORT]


def _limits(fields: ManifestReader) -> Limits:
    return Limits(
        smallest_face=fields.whole("smallest_face", 1, 1000),
        least_sharpness=fields.number("least_sharpness", 0, 1000),
        most_yaw=fields.number("most_yaw", 0, 10),
        darkest=fields.number("darkest", 0, 255),
        brightest=fields.number("brightest", 0, 255),
        least_contrast=fields.number("least_contrast", 0, 255),
        most_hidden=fields.number("most_hidden", 0, 1),
    )


def _calibration(fields: ManifestReader, networks: tuple[Network, ...]) -> Calibration:
    first, *others = [network for network in networks if network.role is Role.EMBEDDING]
    assert isinstance(first.output, Vectors)  # see read_network
    try:
        calibration = decode_calibration(fields.get("calibration"), first.output.dimensions)
    except ValueError as error:
        raise fields.refuse("calibration", f"a calibration: {error}") from error
    meant = [calibration.second.embedding] if calibration.second else []
    if meant != [network.identity for network in others]:
        raise PackError(f"{fields.where}.calibration: must be of the pack's own second embedding, not of {meant}")
    return calibration
