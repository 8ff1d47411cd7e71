"""The same networks driven by OpenCV's own classes, as somebody would who does not know Kith; one thread each."""

from pathlib import Path
import time
from typing import Any

import cv2
import numpy as np

from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.conversion import to_onnx
from custom_components.kith.kith_engine.network import Role
from custom_components.kith.kith_engine.packs import Pack, place_of
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.kith_engine.runtimes.published import read_published

from . import frames

ROUNDS = 15


class OpenCv:
    """Decode, find people, find faces in the whole frame, align by similarity, embed."""

    def __init__(self, folder: Path, embedding: Path) -> None:
        cv2.setNumThreads(1)
        self._persons = cv2.dnn.readNetFromONNX(str(folder / "yolox_nano.onnx"))
        self._faces = cv2.FaceDetectorYN.create(str(folder / "yunet_s_dynamic.onnx"), "", (320, 320), 0.7)
        model = np.frombuffer(to_onnx(read_published(embedding)), np.uint8)
        self._embedding = cv2.dnn.readNetFromONNX(model)

    def analyze(self, encoded: bytes) -> int:
        picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        height, width = picture.shape[:2]
        scale = 416 / max(width, height)
        letterbox = np.full((416, 416, 3), 114, np.uint8)
        small = cv2.resize(picture, (int(width * scale), int(height * scale)))
        letterbox[: small.shape[0], : small.shape[1]] = small
        self._persons.setInput(cv2.dnn.blobFromImage(letterbox))
        self._persons.forward()
        # half size: the detector's own classes at 1080p would take several times as long again
        half = cv2.resize(picture, (width // 2, height // 2))
        self._faces.setInputSize((half.shape[1], half.shape[0]))
        _, faces = self._faces.detect(half)
        for _face in faces if faces is not None else ():
            crop = cv2.resize(half, (128, 128))  # aligning costs next to nothing in either
            self._embedding.setInput(cv2.dnn.blobFromImage(crop))
            self._embedding.forward()
        return 0 if faces is None else len(faces)


def measure(pack: Pack) -> dict[str, Any]:
    """Medians in ms of both on the same frames, taken in turns."""
    pictures = frames.with_face(6)
    embedding = place_of(pack.folder, pack.manifest.network(Role.EMBEDDING))
    peer, ours = OpenCv(pack.folder, embedding), Pipeline(pack)
    took: dict[str, list[float]] = {"kith": [], "opencv": []}
    for turn in range(ROUNDS):
        picture = pictures[turn % len(pictures)]
        for name, job in (
            ("kith", lambda p=picture: ours.analyze(p, "peer", Look.PEOPLE)),
            ("opencv", lambda p=picture: peer.analyze(p)),
        ):
            started = time.perf_counter()
            job()
            took[name].append((time.perf_counter() - started) * 1000)
    medians = {name: round(float(np.median(values)), 1) for name, values in took.items()}
    return {**medians, "kith_to_opencv": round(medians["kith"] / medians["opencv"], 2)}
