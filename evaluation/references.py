"""Stores what must be made of a pack's networks: digests of the files, and onnxruntime's answers to a known picture.

    .venv/bin/python -m evaluation.references MANIFEST --pack FOLDER

Run it when a pack gets another network, or the conversion another form; the tests say so.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from custom_components.kith.kith_engine.conversion import convert, to_onnx
from custom_components.kith.kith_engine.conversion.references import Reference, digest, sample, store
from custom_components.kith.kith_engine.manifest import read_manifest
from custom_components.kith.kith_engine.network import Network
from custom_components.kith.kith_engine.packs import place_of, verify
from custom_components.kith.kith_engine.runtimes.onnx import OnnxSession
from custom_components.kith.kith_engine.runtimes.published import read_published


def reference(network: Network, model: Path) -> Reference:
    """A network of any size is asked about a picture that is not square."""
    given = network.input
    if given.stretched:
        sides = given.stretched[::-1]
    else:
        sides = (given.side, given.side) if given.side == given.multiple else (3 * given.multiple, 5 * given.multiple)
    published = read_published(model)
    made = convert(published)
    bare = Reference(
        model=network.sha256,
        param=digest(made.param),
        weights=digest(made.weights),
        shape=(1, 3, *sides),
        lowest=round(max((0 - mean) / dev for mean, dev in zip(given.mean, given.deviation, strict=True)), 3),
        highest=round(min((255 - mean) / dev for mean, dev in zip(given.mean, given.deviation, strict=True)), 3),
        outputs={},
        onnx=digest(to_onnx(published)) if len(published) > 1 else None,
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
