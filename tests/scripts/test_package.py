"""What a user gets: the zip, unpacked into a Home Assistant without anything of ours, and without a network."""

from pathlib import Path
import subprocess
import sys
import zipfile

import pytest

from .script import REPOSITORY, run, said

OFFLINE = (sys.executable, str(Path(__file__).with_name("offline.py")))
REACH = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("the package is built from what is committed, and this is no git repository")
    file = tmp_path_factory.mktemp("dist") / "kith.zip"
    done = run("scripts/package", file)
    assert done.returncode == 0, said(done)
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


def test_who_installs_it_has_somebody_recognized_without_a_network(package: Path) -> None:
    if run(*OFFLINE, "true").returncode:
        pytest.skip("this machine lets nobody have a network of their own")
    assert run(*OFFLINE, sys.executable, "-c", REACH).returncode, "there is no way out of there"
    command = ("scripts/demo", "--once", "--package", package)
    told = run(*OFFLINE, *command, KITH_MODEL_MIRROR="/nothing/here")
    assert told.returncode == 0, said(told)
