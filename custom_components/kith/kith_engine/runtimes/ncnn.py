"""ncnn on the CPU, for machines without a wheel of onnxruntime, such as Home Assistant's own image.

It runs what conversion/ makes of a published file, and nothing else reaches it: ncnn ends the whole process over what
it does not understand.
"""

from pathlib import Path
from typing import NamedTuple

import ncnn
import numpy as np
from numpy.typing import NDArray

from ..atomic_files import finish, open_partial, unwritable
from ..conversion import convert
from ..conversion.files import check
from ..conversion.references import Reference, digest, is_known, reference_for
from ..errors import EngineError, PackDamagedError, PackError, PackUnavailableError
from .published import Published, digest_of, read_file, read_published

VERSION: str = ncnn.__version__
_SHORTENED = ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed", "use_bf16_storage")
"""Options for numbers of 11 binary digits: on CPUs that have them, YOLOX's scores would be off by up to 0.4."""


class Files(NamedTuple):
    """Layers and weights in ncnn's form."""

    param: Path
    weights: Path


class NcnnSession:
    """One network in ncnn. Raises PackUnavailableError or PackDamagedError if a file is missing or wrong."""

    def __init__(self, files: Files, reference: Reference, threads: int) -> None:
        param, weights = _read(files.param, reference.param), _read(files.weights, reference.weights)
        self._ends = check(param, len(weights))
        self._net = ncnn.Net()
        self._net.opt.num_threads = threads
        for option in _SHORTENED:
            setattr(self._net.opt, option, False)
        if self._net.load_param(str(files.param)) or self._net.load_model(str(files.weights)):
            raise PackError(f"{files.param} is not a network that ncnn {VERSION} can run")

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """(1, 3, height, width) → the outputs by name."""
        pixels = np.ascontiguousarray(picture[0], np.float32)
        extractor = self._net.create_extractor()
        # A copy that is ncnn's own: it keeps no reference to an array, and writes over it where it may.
        extractor.input(self._ends.input, ncnn.Mat(pixels).clone())
        return {name: self._extract(extractor, name) for name in self._ends.outputs}

    @staticmethod
    def _extract(extractor: ncnn.Extractor, name: str) -> NDArray[np.float32]:
        code, numbers = extractor.extract(name)
        if code:
            raise EngineError(f"ncnn gave up on a picture (code {code} for {name}); is there memory left?")
        return np.array(numbers, np.float32)[None]


def open_ncnn(model: Path, threads: int) -> NcnnSession:
    """The published network, from what `prepare` put beside it."""
    _, reference = _known(model)
    return NcnnSession(_beside(model), reference, threads)


def prepare(model: Path) -> None:
    """Put ncnn's files beside a published file if they are missing, and test them on this machine in any case.

    Raises PackError if they cannot be made, or compute wrong answers here; then nothing is put in place.
    """
    (published, reference), files = _known(model), _beside(model)
    try:
        session = NcnnSession(files, reference, threads=1)
    except (PackUnavailableError, PackDamagedError):
        _make(published, model, files, reference)
    else:
        _try(session, model, reference)


def _known(model: Path) -> tuple[Published, Reference]:
    """A published network, and what Kith knows of exactly this one."""
    published = read_published(model)
    if reference := reference_for(digest_of(published)):
        return published, reference
    if is_known(model.stem):
        raise PackDamagedError(f"{model} is damaged, or newer than this version of Kith; fetch the pack again")
    raise PackError(f"{model.name} was never tried with ncnn; use another pack, or onnxruntime")


def _beside(model: Path) -> Files:
    return Files(model.with_suffix(".ncnn.param"), model.with_suffix(".ncnn.bin"))


def _make(published: Published, model: Path, files: Files, reference: Reference) -> None:
    made = convert(published)
    partial = Files(*(open_partial(file.parent, file.name) for file in files))
    try:
        for file, content in zip(partial, made, strict=True):
            try:
                file.write_bytes(content)
            except OSError as error:
                raise unwritable(file.parent, error) from error
        _try(NcnnSession(partial, reference, threads=1), model, reference)
        for file, final in zip(partial, files, strict=True):
            finish(file, final)
    finally:
        for file in partial:
            file.unlink(missing_ok=True)


def _try(session: NcnnSession, model: Path, reference: Reference) -> None:
    try:
        reference.compare(session.run(reference.picture()))
    except PackError as error:
        raise PackError(
            f"ncnn {VERSION} does not run {model.name} correctly on this machine: {error}; please report this,"
            " and use an engine on another host in the meantime"
        ) from error


def _read(path: Path, wanted: str) -> bytes:
    content = read_file(path)
    if digest(content) != wanted:
        raise PackDamagedError(f"{path} is damaged (its SHA-256 is not the one that Kith knows); fetch the pack again")
    return content
