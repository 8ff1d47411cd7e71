"""Stores what ncnn must make of a pack's networks: digests of the files, and onnxruntime's answers to a known picture.

    .venv/bin/python -m evaluation.references MANIFEST --pack FOLDER

Run it when a pack gets another network, or the conversion another form; the tests say so.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from custom_components.kith.kith_engine.conversion import convert
from custom_components.kith.kith_engine.conversion.references import Reference, digest, sample, store
from custom_components.kith.kith_engine.manifest import read_manifest
from custom_components.kith.kith_engine.network import Network
from custom_components.kith.kith_engine.packs import place_of, verify
from custom_components.kith.kith_engine.runtimes.onnx import OnnxSession


def reference(network: Network, model: Path) -> Reference:
    """Uses a picture that is not square for networks that take any size."""
    given = network.input
    sides = (given.side, given.side) if given.side == given.multiple else (3 * given.multiple, 5 * given.multiple)
    made = convert(model.read_bytes())
    bare = Reference(
        model=network.sha256,
        param=digest(made.param),
        weights=digest(made.weights),
        shape=(1, 3, *sides),
        lowest=round(max((0 - mean) / dev for mean, dev in zip(given.mean, given.deviation, strict=True)), 3),
        highest=round(min((255 - mean) / dev for mean, dev in zip(given.mean, given.deviation, strict=True)), 3),
        outputs={},
    )
    answers = OnnxSession(model, 1).run(bare.picture())
    return replace(bare, outputs={name: sample(numbers) for name, numbers in answers.items()})


def main() -> None:
    parser = argparse.ArgumentParser(prog="evaluation.references", description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--pack", type=Path, required=True, metavar="FOLDER")
    chosen = parser.parse_args()
    manifest = read_manifest(chosen.manifest.read_text(encoding="utf-8"), chosen.manifest.name)
    verify(chosen.pack, manifest)
    for network in manifest.networks:
        model = place_of(chosen.pack, network)
        print(store(reference(network, model), model))


if __name__ == "__main__":
    main()
