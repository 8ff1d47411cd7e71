"""The networks that can be trained."""

from collections.abc import Callable

from .embedding import EmbeddingTask
from .task import Task

TASKS: dict[str, Callable[[], Task]] = {"embedding": EmbeddingTask}
