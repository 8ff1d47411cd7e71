"""The stages in order: decode, motion, persons, faces, align, quality, embed. The only place that knows the order."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
import time

from . import VERSION
from .analysis import Analysis, EngineFacts, Face, Look, Person
from .embedding import Embedder, align
from .faces import FaceFinder, FoundFace
from .manifest import Role, Vectors
from .motion import Motion
from .packs import Pack
from .persons import PersonFinder
from .picture import Picture
from .quality import assess
from .runtimes import runtime_name
from .wire import PROTOCOL

MOST_CAMERAS = 64
"""Scenes remembered; who has more cameras on one engine only loses the memory of the one that was quiet longest."""
MOVED = 0.001
"""Share of the picture that must have changed for people to be looked for: two or three cells of motion.py."""


class Pipeline:
    """The networks of one pack, and what each camera's scene looks like. Not thread-safe: one thread, one pipeline."""

    def __init__(self, pack: Pack, threads: int = 1) -> None:
        self._manifest = pack.manifest
        self._persons = PersonFinder(pack.open(Role.PERSON, threads), self._manifest.network(Role.PERSON))
        self._faces = FaceFinder(pack.open(Role.FACE, threads), self._manifest.network(Role.FACE))
        self._embedder = Embedder(pack.open(Role.EMBEDDING, threads), self._manifest.network(Role.EMBEDDING))
        self._cameras: OrderedDict[str, Motion] = OrderedDict()

    def facts(self) -> EngineFacts:
        """What a client must know of this engine."""
        network = self._manifest.network(Role.EMBEDDING)
        assert isinstance(network.output, Vectors)
        return EngineFacts(
            protocol=PROTOCOL,
            version=VERSION,
            pack=f"{self._manifest.name} {self._manifest.version}",
            runtime=runtime_name(),
            embedding=network.identity,
            dimensions=network.output.dimensions,
            calibration=self._manifest.calibration,
            smallest_face=self._manifest.limits.smallest_face,
        )

    def forget(self, camera: str) -> None:
        """Its next picture counts as changed."""
        self._cameras.pop(camera, None)

    def analyze(self, encoded: bytes, camera: str, look: Look) -> Analysis:
        """Raises PictureError or PictureTooLarge for what cannot be looked at; the camera's scene is then as it was."""
        frame = _Frame(Picture(encoded))
        if look is Look.PORTRAIT:
            return self._portrait(frame)
        motion = self._camera(camera)
        share = self._motion(frame, motion, encoded, look)
        if look is Look.MOTION and share < MOVED:
            return frame.analysis(share, looked=False)
        with frame.stage("decode"):
            frame.picture.decode(1.0)
        with frame.stage("persons"):
            persons = self._persons.find(frame.picture)
        with frame.stage("faces"):
            found = self._faces.find(frame.picture, persons) if persons else []
        faces = tuple(self._compare(frame, face) for face in found)
        return frame.analysis(share, looked=True, persons=persons, faces=faces)

    def _camera(self, camera: str) -> Motion:
        motion = self._cameras.setdefault(camera, Motion())
        self._cameras.move_to_end(camera)
        while len(self._cameras) > MOST_CAMERAS:
            self._cameras.popitem(last=False)
        return motion

    def _motion(self, frame: _Frame, motion: Motion, encoded: bytes, look: Look) -> float:
        with frame.stage("motion"):
            if motion.repeats(encoded):
                return 0.0
        with frame.stage("decode"):
            if look is Look.PEOPLE or motion.last >= MOVED:
                # Reading a JPEG costs most, at whatever scale: if the colours will be wanted, read it once.
                frame.picture.decode(1.0)
            grey = frame.picture.grey_eighth()
        with frame.stage("motion"):
            return motion.share(encoded, grey)

    def _portrait(self, frame: _Frame) -> Analysis:
        with frame.stage("decode"):
            frame.picture.decode(1.0)
        with frame.stage("faces"):
            found = self._faces.find_all(frame.picture)
        return frame.analysis(None, looked=True, faces=tuple(self._compare(frame, face) for face in found))

    def _compare(self, frame: _Frame, found: FoundFace) -> Face:
        """Embed a face, if it can be compared."""
        if found.box.width >= self._manifest.limits.smallest_face:
            with frame.stage("faces"):
                found = self._faces.refine(frame.picture, found)
        with frame.stage("align"):
            aligned = align(frame.picture, found.landmarks)
        with frame.stage("quality"):
            quality = assess(found.box, found.landmarks, aligned, frame.picture.size, self._manifest.limits)
        if not quality.usable:
            return Face(found.box, found.score, found.landmarks, quality, person=found.person)
        with frame.stage("embed"):
            direction, clarity = self._embedder.embed(aligned)
        return Face(found.box, found.score, found.landmarks, quality, direction, clarity, found.person)


class _Frame:
    """One picture on its way: how long each stage took."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._timings: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is decoded within counts as decoding, wherever it happens."""
        started, decoding = time.perf_counter(), self.picture.decoding_ms
        try:
            yield
        finally:
            decoded = self.picture.decoding_ms - decoding
            whole = (time.perf_counter() - started) * 1000
            self._timings["decode"] = self._timings.get("decode", 0.0) + decoded
            if name != "decode":
                self._timings[name] = self._timings.get(name, 0.0) + whole - decoded

    def analysis(
        self, motion: float | None, looked: bool, persons: tuple[Person, ...] = (), faces: tuple[Face, ...] = ()
    ) -> Analysis:
        width, height = self.picture.size
        timings = {name: took for name, took in self._timings.items() if took}
        return Analysis(width, height, motion, looked, persons, faces, timings)
