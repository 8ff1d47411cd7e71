"""The networks that can be trained."""

from collections.abc import Callable

from .embedding import EmbeddingTask
from .face import FaceTask
from .landmarks import LandmarkTask
from .mouth import MouthTask
from .person import PersonTask
from .task import Task

TASKS: dict[str, Callable[[], Task]] = {
    "embedding": EmbeddingTask,
    "person": PersonTask,
    "face": FaceTask,
    "landmarks": LandmarkTask,
    "mouth": MouthTask,
}
