"""Which device runs which network: the fastest that computes the same."""

from collections.abc import Callable
from functools import cache
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from kith_engine import trial
from kith_engine.__main__ import main
from kith_engine.analysis import Look
from kith_engine.errors import DeviceError, EngineError, PackError
from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.packs import Pack
from kith_engine.pipeline import Pipeline
from kith_engine.runtimes import Device, Runtime, open_session, runtime_name
from kith_engine.trial import on_devices
from tests.pictures import frame

COMPACT = Pack(load_manifest("compact"), SHIPPED)
ROLES = [str(network.role) for network in COMPACT.networks]
STEMS = [Path(network.file).stem for network in COMPACT.networks]
CPU = Device("cpu", Runtime.ONNXRUNTIME)
OTHERS = ("gpu", "npu-1", "npu-2")
type Answers = dict[str, NDArray[np.float32]]


opened = cache(lambda path: open_session(path, 1))


class Machine:
    """Devices that are the processor in truth, with speeds and faults of their own."""

    def __init__(self) -> None:
        self.speed: dict[tuple[str, str], float] = {}
        """Milliseconds by device and network's file; 10 if not said."""
        self.change: dict[str, Callable[[Answers], Answers]] = {}
        self.opened: list[str] = []

    def open(self, path: Path, threads: int, device: Device | None = None) -> Any:
        name = device.name if device else "cpu"
        self.opened.append(name)
        session = opened(path)
        change = self.change.get(name, lambda answers: answers)

        class Session:
            def run(self, picture: NDArray[np.float32]) -> Answers:
                return change(session.run(picture))

            took = self.speed.get((name, path.stem), 10.0)

        return Session()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    machine = Machine()
    there = (CPU, *(Device(name, Runtime.ONNXRUNTIME, name.upper()) for name in OTHERS))
    monkeypatch.setattr(trial, "devices", lambda: there)
    monkeypatch.setattr(trial, "open_session", machine.open)
    monkeypatch.setattr(trial, "_milliseconds", lambda run, picture: run.__self__.took)
    monkeypatch.setattr("kith_engine.packs.open_session", machine.open)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return machine


def test_each_network_gets_the_device_that_is_much_faster(machine: Machine) -> None:
    machine.speed = {("gpu", "kith_person"): 2.0, ("npu-1", "kith_embedding"): 5.0, ("gpu", "kith_face"): 9.0}
    pack = on_devices(COMPACT, "auto", 1)
    assert {role: device.name for role, device in pack.devices.items()} == {
        **dict.fromkeys(ROLES, "cpu"),
        "person": "gpu",
        "embedding": "npu-1",
    }
    runtime = runtime_name().partition(" (")[0]
    whole = 10 * len(ROLES)
    faster = f"({whole / (whole - 8 - 5):.1f} × as fast in a trial)"
    assert pack.runs_on == f"gpu runs person; npu-1 runs embedding {faster}; {runtime} runs the rest"
    machine.opened.clear()
    pipeline = Pipeline(pack)
    assert sorted(machine.opened) == ["cpu"] * (len(ROLES) - 2) + ["gpu", "npu-1"]
    assert pipeline.facts().runtime == pack.runs_on
    assert pipeline.analyze(frame(), "hall", Look.PEOPLE).looked


def test_where_none_is_faster_the_processor_stays(machine: Machine) -> None:
    pack = on_devices(COMPACT, "auto", 1)
    assert {device.name for device in pack.devices.values()} == {"cpu"}
    assert pack.runs_on == f"{runtime_name()}; in a trial, gpu, npu-1, npu-2 was not faster"


def off(answers: Answers) -> Answers:
    return {name: numbers * np.float32(1.01) for name, numbers in answers.items()}


def test_a_device_that_computes_something_else_is_refused_and_told(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.speed = dict.fromkeys([("gpu", "kith_person"), ("npu-1", "kith_face")], 1.0)
    machine.change["gpu"] = off
    pack = on_devices(COMPACT, "auto", 1)
    assert "gpu" not in {device.name for device in pack.devices.values()}
    assert pack.devices["face"].name == "npu-1"
    assert pack.runs_on.endswith("; refused: gpu")
    (told,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told.startswith("The device gpu is not used: of kith_")
    assert "is off by 0.01 of its largest number" in told


def test_a_device_that_cannot_run_anything_is_told(machine: Machine) -> None:
    def fail(_answers: Answers) -> Answers:
        raise RuntimeError("no such kernel")

    machine.change = dict.fromkeys(OTHERS, fail)
    assert on_devices(COMPACT, "auto", 1).runs_on.endswith("refused: gpu, npu-1, npu-2")
    with pytest.raises(DeviceError, match="gpu cannot be used: it can run no network of the pack"):
        on_devices(COMPACT, "gpu", 1)


def test_the_wanted_device_runs_everything_however_slow(machine: Machine) -> None:
    machine.speed = {("gpu", stem): 20.0 for stem in STEMS}
    pack = on_devices(COMPACT, "gpu", 1)
    assert {device.name for device in pack.devices.values()} == {"gpu"}
    assert pack.runs_on == f"gpu runs {', '.join(ROLES)} (asked for, 0.5 × as fast in a trial)"


def test_the_beginning_of_names_is_the_best_of_them(machine: Machine) -> None:
    machine.speed = {("npu-2", stem): 9.0 for stem in STEMS}
    assert {device.name for device in on_devices(COMPACT, "npu", 1).devices.values()} == {"npu-2"}


def test_the_processor_is_asked_for_without_a_trial(machine: Machine) -> None:
    assert on_devices(COMPACT, "cpu", 1) is COMPACT
    assert not machine.opened


def test_a_device_that_is_not_there_is_said_with_those_that_are(machine: Machine) -> None:
    with pytest.raises(DeviceError, match="no device tpu here; there are cpu, gpu, npu-1, npu-2"):
        on_devices(COMPACT, "tpu", 1)
    assert issubclass(DeviceError, EngineError)


def test_a_network_without_stored_answers_leaves_the_processor_alone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "reference_for", lambda sha256: None)
    assert on_devices(COMPACT, "auto", 1).runs_on.endswith("refused: gpu, npu-1, npu-2")
    with pytest.raises(DeviceError, match="no stored answers for kith_embedding"):
        on_devices(COMPACT, "gpu", 1)


def test_it_is_measured_once(machine: Machine, tmp_path: Path) -> None:
    first = on_devices(COMPACT, "auto", 1)
    machine.opened.clear()
    assert on_devices(COMPACT, "auto", 1) == first
    assert not machine.opened
    on_devices(COMPACT, "auto", 2)
    assert machine.opened


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"device": 1, "words": ""}', '{"device": {"face": "gone"}}'])
def test_what_was_remembered_and_is_damaged_is_measured_again(machine: Machine, tmp_path: Path, content: str) -> None:
    first = on_devices(COMPACT, "auto", 1)
    (file,) = tmp_path.rglob("*.json")
    file.write_text(content)
    assert on_devices(COMPACT, "auto", 1) == first
    assert json.loads(file.read_text())["words"] == first.runs_on


def test_what_cannot_be_remembered_is_used(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "kith").write_text("a file, where a folder should be")
    assert on_devices(COMPACT, "auto", 1).runs_on


def test_long_words_end_in_time(machine: Machine) -> None:
    machine.change = dict.fromkeys(OTHERS, off)
    measured = trial.measure(COMPACT, trial.devices(), 1)
    assert len(trial.decide([*measured, *measured[1:] * 30]).words) <= 200
    many = [trial.DeviceTimes(Device("x" * 90 + str(n), Runtime.NCNN, "x"), {}, "why") for n in range(3)]
    assert len(trial.decide([measured[0], *many]).words) == 200


def test_the_command_shows_what_was_measured(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.change["gpu"] = off
    monkeypatch.setattr("kith_engine.commands.devices.devices", trial.devices)
    monkeypatch.setattr("kith_engine.commands.devices.chosen_pack", lambda folder: COMPACT)
    monkeypatch.setattr("sys.argv", ["kith_engine", "devices"])
    assert main() == 0
    words = capsys.readouterr().out
    assert "cpu\n  person          10.00 ms" in words
    assert "gpu  refused: of kith_" in words
    assert words.splitlines()[-1].endswith("refused: gpu")


def test_an_error_of_a_pack_says_which_network(machine: Machine) -> None:
    machine.change["gpu"] = lambda answers: {"other": next(iter(answers.values()))}
    (gpu,) = [one for one in trial.measure(COMPACT, trial.devices(), 1) if one.device.name == "gpu"]
    assert gpu.refused is not None
    assert "it answers other instead of" in gpu.refused
    assert issubclass(trial.PackFailedTestError, PackError)
