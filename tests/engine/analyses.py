"""Random analyses from hypothesis, and an analyzer under the test's control."""

from collections.abc import Callable
import threading

from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np

from kith_engine.analysis import (
    Analysis,
    Area,
    Body,
    Box,
    Embedding,
    EngineFacts,
    Face,
    Flaw,
    Look,
    Person,
    Quality,
    Scope,
)
from kith_engine.calibration import Calibration
from kith_engine.wire import PROTOCOL

CALIBRATION = Calibration(
    quality=(0.5, 0.25, *[0.0] * 11),
    common=np.arange(16, dtype=np.float32).reshape(2, 8) / 16,
    crowd=np.eye(3, 8, dtype=np.float32),
    crowding=0.5,
    gain=60.0,
    cost=20.0,
    tail=(4.0, 0.75),
)
NOTHING = Analysis(width=640, height=360, motion=0.0, looked=False)
FACTS = EngineFacts(
    protocol=PROTOCOL,
    version="0.1.0",
    pack="standard 2",
    runtime="ncnn 1.0 (onnxruntime has no wheel for musl)",
    embedding="net.onnx@0123456789ab",
    dimensions=8,
    calibration=CALIBRATION,
    smallest_face=32,
)

numbers = st.floats(-1e6, 1e6)
boxes = st.builds(Box, numbers, numbers, numbers, numbers)
qualities = st.builds(
    Quality,
    numbers,
    numbers,
    numbers,
    numbers,
    st.lists(st.sampled_from(Flaw), unique=True).map(tuple),
    st.booleans(),
)
directions = (
    arrays(np.float32, 8, elements=st.floats(-1, 1, width=32))
    .filter(lambda vector: np.linalg.norm(vector) > 0.1)
    .map(lambda vector: (vector / np.linalg.norm(vector)).astype(np.float32))
)


@st.composite
def analyses(draw: st.DrawFn) -> Analysis:
    bodies = st.none() | st.builds(Body, directions, st.booleans())
    persons = draw(st.lists(st.builds(Person, boxes, numbers, bodies), max_size=3))
    owners = st.none() | st.integers(0, len(persons) - 1) if persons else st.none()
    landmarks = arrays(np.float32, (5, 2), elements=st.floats(-1e5, 1e5, width=32))
    faces = st.builds(
        Face,
        boxes,
        numbers,
        landmarks,
        qualities,
        st.lists(st.builds(Embedding, directions, numbers), max_size=2).map(tuple),
        owners,
    )
    return Analysis(
        draw(st.integers(1, 8000)),
        draw(st.integers(1, 8000)),
        draw(st.none() | st.floats(0, 1)),
        draw(st.booleans()),
        tuple(persons),
        tuple(draw(st.lists(faces, max_size=3))),
        draw(st.dictionaries(st.text(max_size=10), numbers, max_size=4)),
        draw(st.none() | st.builds(Area, *[st.floats(0, 1)] * 4)),
    )


class Obedient:
    """Answers, fails, or is busy as set by the test; records the cameras that it was asked for."""

    def __init__(self) -> None:
        self.told = FACTS
        self.does: Callable[[bytes], Analysis] = lambda _picture: NOTHING
        self.asked: list[tuple[str, Look, bytes]] = []
        self.scope = Scope()
        self.cropped: list[tuple[bytes, Box]] = []
        self.free = threading.Event()
        self.free.set()

    def facts(self) -> EngineFacts:
        return self.told

    def crop(self, encoded: bytes, box: Box) -> bytes:
        self.cropped.append((encoded, box))
        return b"a face"

    def analyze(self, encoded: bytes, camera: str, look: Look, scope: Scope) -> Analysis:
        self.scope = scope
        self.asked.append((camera, look, encoded))
        assert self.free.wait(30), "nobody set this engine free"
        return self.does(encoded)
