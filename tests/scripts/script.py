"""Runs a script of the repository, as its users do."""

import os
from pathlib import Path
import subprocess

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """command: the first that is no absolute path is looked for in the repository. environment: beside this one's."""
    return subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **environment}, check=False, capture_output=True, text=True
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """All that it printed, for an assertion's message."""
    return done.stdout + done.stderr
