"""The one training loop: seeded, averaged, logged, and resumable after being stopped or killed."""

from collections.abc import Iterator
import copy
import math
import os
from pathlib import Path
import random
import signal
import sys
import time
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from .layers import parameters
from .log import Log
from .places import RUNS
from .shipped import unfold
from .task import Sample, Task

SEED = 11
CHECKPOINT_S = 180
"""Seconds of training lost to a kill, at most."""
_GRADIENT = 5.0
"""Longer gradients are shortened, so that a rare bad batch cannot undo an hour."""
_AGAIN = 0.5
"""Share of the schedule's rate for a network that was shipped before."""
_UNFOLDING = 512
"""Pictures on which the layers of a shipped network are measured."""


class _Samples(Dataset[Sample]):
    """A task's samples by position."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __len__(self) -> int:
        return self._task.schedule.pictures

    def __getitem__(self, position: int) -> Sample:
        return self._task.sample(position)


class Trainer:
    """One task in training: weights, their average, the optimizer, and the number of pictures seen."""

    def __init__(self, task: Task, threads: int, workers: int) -> None:
        torch.set_num_threads(threads)
        random.seed(SEED)
        np.random.seed(SEED)
        torch.manual_seed(SEED)
        self._task = task
        self._workers = workers
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._folder = RUNS / task.name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._network = task.network().to(self._device, memory_format=torch.channels_last)
        self._average = copy.deepcopy(self._network).eval()
        self._optimizer = torch.optim.AdamW(_groups(self._network, task.schedule.decay), lr=0.0)
        self._log = Log(self._folder)
        self._seen = self._began = 0
        self._stopped = False

    def run(self, until: int | None = None, shipped: int | None = None) -> None:
        """Train to the schedule's end, until this many pictures were seen, or until SIGTERM or SIGINT.

        shipped: without a checkpoint, continue from the network that Kith ships, which has seen this many pictures.
        """
        self._task.prepare()
        if checkpoint(self._task.name).exists():
            self._resume()
        elif shipped is not None:
            self._unfold(shipped)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        last = min(until or self._task.schedule.pictures, self._task.schedule.pictures)
        print(f"{self._task.name}: {parameters(self._network):,} parameters on {self._device}, {self._seen:,} pictures"
              f" seen of {self._task.schedule.pictures:,}, process {os.getpid()}", flush=True)  # fmt: skip
        running = self._folder / "pid"
        running.write_text(f"{os.getpid()}\n")
        saved, sums, steps, before = time.monotonic(), {}, 0, self._seen
        for batch in self._batches(last):
            for name, value in self._step(batch).items():
                sums[name] = sums.get(name, 0) + value
            steps += 1
            elapsed = time.monotonic() - saved
            if self._stopped or elapsed > CHECKPOINT_S or self._seen >= last:
                self._save()
                figures = {name: float(total) / steps for name, total in sums.items()}
                self._report({"per_second": (self._seen - before) / elapsed, "rate": self._rate(), **figures})
                saved, sums, steps, before = time.monotonic(), {}, 0, self._seen
            if self._stopped:
                break
        running.unlink()

    def _batches(self, last: int) -> Iterator[list[Tensor]]:
        """From the first unseen picture; the loader's processes work ahead."""
        size = self._task.schedule.batch
        positions = [range(start, start + size) for start in range(self._seen, last, size)]
        loader = DataLoader(
            _Samples(self._task),
            batch_sampler=positions,
            num_workers=self._workers,
            worker_init_fn=_start_worker,
            generator=torch.Generator(),  # or it would draw from ours once more at each start
        )
        for batch in loader:
            yield [part.to(self._device) for part in batch]

    def _step(self, batch: list[Tensor]) -> dict[str, Tensor]:
        """Learn from one batch; returns the loss and its parts."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        self._network.train()
        loss, parts = self._task.loss(self._network, batch)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), _GRADIENT)
        self._optimizer.step()
        self._seen += len(batch[0])
        self._follow()
        return {"loss": loss.detach(), **{name: part.detach() for name, part in parts.items()}}

    def _rate(self) -> float:
        """Rises at the start, then falls from the schedule's rate to nothing along half a cosine.

        A shipped network goes through this again with a lower rate (Loshchilov & Hutter 2017, SGDR): a network at the
        end of a schedule learns more only if it is shaken.
        """
        schedule = self._task.schedule
        highest = schedule.rate * (_AGAIN if self._began else 1.0)
        warm = self._began + schedule.warm_up
        done = (self._seen - warm) / (schedule.pictures - warm)
        rate = highest * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, done))))
        begun = (self._seen - self._began + schedule.batch) / (schedule.warm_up + schedule.batch)
        return rate * min(1.0, begun)

    @torch.no_grad()
    def _follow(self) -> None:
        """Moves the average toward the weights; faster at first, so that it forgets the start."""
        steps = self._seen / self._task.schedule.batch
        keep = min(self._task.schedule.average, (1 + steps) / (10 + steps))
        for ours, theirs in zip(self._average.state_dict().values(), self._network.state_dict().values(), strict=True):
            if ours.is_floating_point():
                ours.lerp_(theirs, 1 - keep)
            else:
                ours.copy_(theirs)

    def _report(self, figures: dict[str, float]) -> None:
        measured = {"pictures": float(self._seen), **figures, **self._task.measure(self._average)}
        self._log.add(measured)
        self._log.draw()
        print(
            time.strftime("%H:%M:%S"), "  ".join(f"{name} {value:.4g}" for name, value in measured.items()), flush=True
        )

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped = True
        print("stopping after this step", file=sys.stderr, flush=True)

    def _save(self) -> None:
        state = {
            "seen": self._seen,
            "began": self._began,
            "network": self._network.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": {"python": random.getstate(), "numpy": np.random.get_state(), "torch": torch.get_rng_state()},
        }
        partial = checkpoint(self._task.name).with_suffix(".part")
        torch.save(state, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(checkpoint(self._task.name))

    def _resume(self) -> None:
        state: dict[str, Any] = torch.load(checkpoint(self._task.name), map_location="cpu", weights_only=False)
        self._network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        random.setstate(state["random"]["python"])
        np.random.set_state(state["random"]["numpy"])
        torch.set_rng_state(state["random"]["torch"])
        self._seen, self._began = state["seen"], state["began"]
        self._log.resume(self._seen)

    def _unfold(self, seen: int) -> None:
        """Begin with the shipped network, and with the batch of the first picture that it has not seen."""
        pictures = torch.stack([self._task.sample(place)[0] for place in range(_UNFOLDING)])
        unfold(self._network, self._task.name, pictures.to(self._device))
        self._average.load_state_dict(self._network.state_dict())
        self._seen = self._began = seen - seen % self._task.schedule.batch


def checkpoint(name: str) -> Path:
    """The path of a task's last state."""
    return RUNS / name / "checkpoint.pt"


def averaged(task: Task) -> tuple[nn.Module, int]:
    """The averaged weights of the last checkpoint, ready to use, and how many pictures they have seen."""
    state: dict[str, Any] = torch.load(checkpoint(task.name), map_location="cpu", weights_only=False)
    network = task.network()
    network.load_state_dict(state["average"])
    return network.eval(), state["seen"]


def _groups(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weight decay for kernels and matrices; none for parameters that only shift and scale."""
    kernels = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    rest = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    return [{"params": kernels, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def _start_worker(_number: int) -> None:
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
