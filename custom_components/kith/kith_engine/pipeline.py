"""The stages in order: decode, motion, persons, faces, landmarks, align, quality, embed. No other place knows the
order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
import time

from . import VERSION
from .analysis import MOST_FOUND, Analysis, Area, Box, EngineFacts, Face, Look, Person, Scope, Sensitivity
from .bodies import BodyNetwork
from .crop import portrait
from .embedding import Embedder, align
from .faces import FaceFinder, FoundFace
from .manifest import Limits
from .motion import Motion
from .mouth import MouthCheck
from .network import Role, Vectors
from .packs import Pack
from .persons import PersonFinder
from .picture import Picture
from .quality import assess
from .runtimes import runtime_name
from .second_look import SecondLook
from .streams import can_decode
from .tiles import in_tiles
from .wire import PROTOCOL

MOST_BACKGROUNDS = 64
"""Scenes remembered; with more cameras on one engine, only the scene that was quiet longest is forgotten."""
MOVED_SHARE = {Sensitivity.LOW: 0.004, Sensitivity.NORMAL: 0.001, Sensitivity.HIGH: 0.0004}
"""Share of the picture that must change before people are looked for: a dozen cells of motion.py, two or three, one."""
EVERYTHING = Scope()


class Pipeline:
    """The networks of one pack, and what each camera's scene looks like. Not thread-safe, except for `still`.

    clock: seconds that never go back, for how long scenes stay as they are.
    """

    def __init__(self, pack: Pack, threads: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._manifest = pack.manifest
        self._persons = PersonFinder(pack.open(Role.PERSON, threads), self._manifest.network(Role.PERSON))
        again = self._manifest.optional(Role.SECOND_LOOK)
        self._second_look = SecondLook(pack.open_network(again, threads), again) if again in pack.networks else None
        body = self._manifest.optional(Role.BODY)
        self._bodies = BodyNetwork(pack.open_network(body, threads), body) if body in pack.networks else None
        self._faces = FaceFinder.of(pack, threads)
        second = self._manifest.second
        networks = [self._manifest.network(Role.EMBEDDING), *([second] if second else [])]
        self._mouth = MouthCheck.of(pack, threads)
        self._embedders = [Embedder(pack.open_network(network, threads), network) for network in networks]
        self._runs_on = pack.runs_on or runtime_name()
        self._cameras: OrderedDict[str, Motion] = OrderedDict()

    def facts(self) -> EngineFacts:
        """What a client must know about this engine."""
        network = self._manifest.network(Role.EMBEDDING)
        assert isinstance(network.output, Vectors)
        return EngineFacts(
            protocol=PROTOCOL,
            version=VERSION,
            pack=f"{self._manifest.name} {self._manifest.version}",
            runtime=self._runs_on,
            embedding=network.identity,
            dimensions=network.output.dimensions,
            calibration=self._manifest.calibration,
            smallest_face=self._manifest.limits.smallest_face,
            streams=can_decode(),
            calibration_digest=self._manifest.calibration_digest,
        )

    def forget(self, camera: str) -> None:
        """Forget a camera's scene: its next picture counts as changed."""
        self._cameras.pop(camera, None)

    def analyze(self, encoded: bytes, camera: str, look: Look, scope: Scope = EVERYTHING) -> Analysis:
        """Raises PictureError or PictureTooLargeError for unreadable bytes, and leaves the scene as it was."""
        return self.look(Picture(encoded), camera, look, scope)

    def look(self, picture: Picture, camera: str, look: Look, scope: Scope = EVERYTHING) -> Analysis:
        """The same for a picture that was opened already."""
        frame = _Frame(picture, scope)
        if look is Look.PORTRAIT:
            return self._portrait(frame)
        motion = self._camera(camera)
        share = self._motion(frame, motion, look)
        frame.restless = motion.restless
        if look is Look.MOTION and not self._calls(share, motion, scope):
            return frame.analysis(share, looked=False)
        moved = share >= MOVED_SHARE[scope.sensitivity]
        with frame.stage("decode"):
            frame.picture.decode(1.0)
        with frame.stage("persons"):
            persons = self._people(frame, moved=moved)
        motion.settle([frame.area(person.box) for person in persons])
        if moved:
            motion.commotion.note(share, self._clock(), found=bool(persons))
        if self._bodies is not None and frame.scope.bodies and persons:
            with frame.stage("bodies"):
                persons = self._bodies.add(frame.picture, persons)
        return frame.analysis(share, looked=True, persons=persons, faces=self._people_s_faces(frame, persons))

    def still(self, picture: Picture, camera: str, scope: Scope = EVERYTHING) -> bool:
        """Would a look for motion find none? The scene is left as it was. May be called in any thread."""
        motion = self._cameras.get(camera)
        if motion is None:
            return False
        return not self._calls(motion.peek(picture.gray_eighth(), scope.ignored), motion, scope)

    def crop(self, encoded: bytes, box: Box) -> bytes:
        """A JPEG of a face, with a margin. Raises PictureError if the box is outside the picture."""
        return portrait(Picture(encoded), box)

    def _people(self, frame: _Frame, *, moved: bool) -> tuple[Person, ...]:
        """Whom the person network sees, else whom a second look does."""
        picture, sensitivity, again = frame.picture, frame.scope.sensitivity, self._second_look
        persons = in_tiles(picture.frame, lambda tile: self._persons.find(picture, sensitivity, tile))
        if (counted := frame.counted(persons)) or not moved or again is None:
            return counted
        return frame.counted(in_tiles(picture.frame, lambda tile: again.find(picture, tile)))

    def _people_s_faces(self, frame: _Frame, persons: tuple[Person, ...]) -> tuple[Face, ...]:
        if not persons or not frame.scope.faces:
            return ()
        with frame.stage("faces"):
            found = self._faces.find(frame.picture, persons)
        return tuple(self._compare(frame, face, second=frame.scope.second) for face in found)

    def _camera(self, camera: str) -> Motion:
        motion = self._cameras.setdefault(camera, Motion())
        self._cameras.move_to_end(camera)
        while len(self._cameras) > MOST_BACKGROUNDS:
            self._cameras.popitem(last=False)
        return motion

    def _calls(self, share: float, motion: Motion, scope: Scope) -> bool:
        """Does so much motion call for a look for people?"""
        return share >= MOVED_SHARE[scope.sensitivity] and not motion.commotion.excuses(share, self._clock())

    def _motion(self, frame: _Frame, motion: Motion, look: Look) -> float:
        with frame.stage("motion"):
            if motion.repeats(frame.picture.fingerprint):
                return 0.0
        with frame.stage("decode"):
            if look is Look.PEOPLE or motion.last >= MOVED_SHARE[frame.scope.sensitivity]:
                # Reading a JPEG costs most, at whatever scale: if the colors will be wanted, read it once.
                frame.picture.decode(1.0)
            gray = frame.picture.gray_eighth()
        with frame.stage("motion"):
            return motion.share(frame.picture.fingerprint, gray, self._clock(), frame.scope.ignored)

    def _portrait(self, frame: _Frame) -> Analysis:
        with frame.stage("decode"):
            frame.picture.decode(1.0)
        with frame.stage("faces"):
            found = self._faces.find_all(frame.picture)[:MOST_FOUND]
        return frame.analysis(None, looked=True, faces=tuple(self._compare(frame, face, second=True) for face in found))

    def _compare(self, frame: _Frame, found: FoundFace, *, second: bool) -> Face:
        """Embed a face, if it can be compared; by the second network too if there is one and it was asked for."""
        limits = frame.limits(self._manifest.limits)
        if found.box.width >= limits.smallest_face:
            with frame.stage("faces"):
                found = self._faces.refine(frame.picture, found)
        with frame.stage("align"):
            aligned = align(frame.picture, found.landmarks)
        with frame.stage("quality"):
            quality = assess(found.box, found.landmarks, aligned, frame.picture.size, limits)
        if not quality.usable:
            return Face(found.box, found.score, found.landmarks, quality, person=found.person)
        if self._mouth is not None:
            with frame.stage("quality"):
                quality = replace(quality, covered=self._mouth.covered(aligned))
        asked = self._embedders if second else self._embedders[:1]
        with frame.stage("embed"):
            embeddings = tuple(embedder.embed(aligned) for embedder in asked)
        return Face(found.box, found.score, found.landmarks, quality, embeddings, found.person)


class _Frame:
    """One picture in the pipeline: which part of it counts, and how long each stage took."""

    def __init__(self, picture: Picture, scope: Scope) -> None:
        self.picture = picture
        self.scope = scope
        self.restless: Area | None = None
        self._timings: dict[str, float] = {}

    def counted(self, persons: tuple[Person, ...]) -> tuple[Person, ...]:
        """Those whose middle lies in no ignored area, the best if there are too many."""
        return tuple(person for person in persons if self._counts(person.box))[:MOST_FOUND]

    def _counts(self, box: Box) -> bool:
        width, height = self.picture.size
        across, down = (box.left + box.right) / 2 / width, (box.top + box.bottom) / 2 / height
        return not any(area.holds(across, down) for area in self.scope.ignored)

    def area(self, box: Box) -> Area:
        """The box as shares of the picture."""
        width, height = self.picture.size
        return Area(box.left / width, box.top / height, box.right / width, box.bottom / height)

    def limits(self, limits: Limits) -> Limits:
        """The pack's, or the camera's where those are stricter."""
        return replace(limits, smallest_face=max(limits.smallest_face, self.scope.smallest_face))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage. Decoding within it counts as decoding."""
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
        return Analysis(width, height, motion, looked, persons, faces, timings, self.restless)
