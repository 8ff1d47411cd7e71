"""Where Home Assistant's own image runs, everything that the installer needs is available as a wheel."""

from pathlib import Path
import re

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename
import pytest

from custom_components.kith.engines.wheels import BESIDE, LOCKS, RUNTIMES, VIDEO
from custom_components.kith.kith_engine.runtimes import Runtime

pytestmark = pytest.mark.one_release
REQUIREMENTS = Path(__file__).parents[3] / "requirements"
PYTHON = (3, 14)
LINE = re.compile(r"([\w.-]+)==(\S+) --hash=sha256:[0-9a-f]{64}  # (\S+\.whl)")


def tags(processor: str) -> frozenset[Tag]:
    """Tags that Python accepts there, in Alpine Linux (musl 1.2)."""
    platforms = [f"musllinux_1_{minor}_{processor}" for minor in (2, 1, 0)]
    return frozenset([*cpython_tags(PYTHON, platforms=platforms), *compatible_tags(PYTHON, "cp314", platforms)])


def locked() -> list[tuple[str, str, str]]:
    """Name, version, wheel."""
    lines = (REQUIREMENTS / "musl.txt").read_text(encoding="utf-8").splitlines()
    found = [LINE.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(found)
    return [(line[1], line[2], line[3]) for line in found if line]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("musl", (RUNTIMES[Runtime.NCNN], *BESIDE)),
        ("onnxruntime", (RUNTIMES[Runtime.ONNXRUNTIME], *BESIDE)),
        ("video", (VIDEO,)),
    ],
)
def test_the_locks_are_of_what_the_installer_brings(name: str, wanted: tuple[str, ...]) -> None:
    lines = (REQUIREMENTS / f"{name}.in").read_text(encoding="utf-8").split("\n")
    assert sorted(line for line in lines if line[:1] not in "#") == sorted(wanted)


@pytest.mark.parametrize("processor", ["x86_64", "aarch64"])
def test_each_package_has_a_wheel_for_musl(processor: str) -> None:
    here = tags(processor)
    fitting = {name: version for name, version, wheel in locked() if parse_wheel_filename(wheel)[3] & here}
    assert fitting.keys() == {name for name, *_ in locked()}, "each has one"
    for text in (RUNTIMES[Runtime.NCNN], *BESIDE):
        requirement = Requirement(text)
        assert requirement.specifier.contains(fitting[requirement.name])


def test_onnxruntime_is_not_what_musl_gets() -> None:
    assert "onnxruntime" not in {name for name, *_ in locked()}


@pytest.mark.parametrize(
    ("name", "asked"), [*((str(runtime), [text, *BESIDE]) for runtime, text in RUNTIMES.items()), ("video", [VIDEO])]
)
def test_what_comes_with_kith_is_locked_by_hash(name: str, asked: list[str]) -> None:
    """Every package; the requested ones in a version that was asked for."""
    lock = (LOCKS / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in lock.splitlines() if line and not line.startswith("#")]
    assert all("--hash=sha256:" in line for line in lines)
    versions = dict(re.match(r"([\w.-]+)==([^ ;]+)", line).groups() for line in lines)
    for text in asked:
        requirement = Requirement(text)
        assert requirement.specifier.contains(versions[requirement.name])
