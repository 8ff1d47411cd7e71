"""What a user gets: the zip, unpacked into a Home Assistant without anything of ours, and without a network."""

import os
from pathlib import Path
import subprocess
import sys
import zipfile

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
OFFLINE = [sys.executable, str(Path(__file__).with_name("offline.py"))]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("the package is built from what is committed, and this is no git repository")
    file = tmp_path_factory.mktemp("dist") / "kith.zip"
    subprocess.run([REPOSITORY / "scripts" / "package", file], check=True)
    return file


def test_the_package_holds_all_of_the_integration_and_nothing_else(package: Path) -> None:
    committed = subprocess.run(
        ["git", "ls-files", "."], cwd=REPOSITORY / "custom_components" / "kith", check=True, capture_output=True
    )
    with zipfile.ZipFile(package) as archive:
        assert sorted(name for name in archive.namelist() if not name.endswith("/")) == sorted(
            committed.stdout.decode().splitlines()
        )
        assert archive.testzip() is None


def test_who_installs_it_has_somebody_recognised_without_a_network(package: Path) -> None:
    if subprocess.run([*OFFLINE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody have a network of their own")
    reached = subprocess.run([*OFFLINE, sys.executable, "-c", REACH], check=False, capture_output=True)
    assert reached.returncode, "there is no way out of there"
    told = subprocess.run(
        [*OFFLINE, sys.executable, "-m", "demo", "--once", "--package", package],
        cwd=REPOSITORY, env={**os.environ, "KITH_MODEL_MIRROR": "/nothing/here"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr


REACH = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
