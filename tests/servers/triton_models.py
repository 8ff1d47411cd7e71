"""NVIDIA's Triton (nvidia-pytriton) with a model repository's ONNX files: python triton_models.py REPOSITORY PORT.

That wheel has Triton's server, but only its backend for Python: the networks run in onnxruntime there.
"""

from pathlib import Path
import sys

import numpy as np
import onnxruntime
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig


def bind(triton: Triton, folder: Path) -> None:
    session = onnxruntime.InferenceSession(folder / "1" / "model.onnx", providers=["CPUExecutionProvider"])
    batches = "max_batch_size: 0" not in (folder / "config.pbtxt").read_text()
    names = [output.name for output in session.get_outputs()]
    given = session.get_inputs()[0].name

    def tensors(ends: list) -> list[Tensor]:
        shapes = [[size if isinstance(size, int) else -1 for size in end.shape] for end in ends]
        return [
            Tensor(name=end.name, dtype=np.float32, shape=tuple(shape[1:] if batches else shape))
            for end, shape in zip(ends, shapes, strict=True)
        ]

    def infer(requests: list) -> list[dict]:
        if not batches:
            return [dict(zip(names, session.run(names, {given: one.data[given]}), strict=True)) for one in requests]
        together = np.concatenate([one.data[given] for one in requests])
        answers = session.run(names, {given: together})
        ends = np.cumsum([len(one.data[given]) for one in requests])[:-1]
        parts = [np.split(numbers, ends) for numbers in answers]
        return [dict(zip(names, part, strict=True)) for part in zip(*parts, strict=True)]

    triton.bind(
        model_name=folder.name,
        infer_func=infer,
        inputs=tensors(session.get_inputs()),
        outputs=tensors(session.get_outputs()),
        config=ModelConfig(
            batching=batches,
            max_batch_size=16,
            batcher=DynamicBatcher(max_queue_delay_microseconds=2000),
        ),
    )


if __name__ == "__main__":
    repository, port = Path(sys.argv[1]), int(sys.argv[2])
    config = TritonConfig(http_address="127.0.0.1", http_port=port, allow_grpc=False, allow_metrics=False)
    with Triton(config=config) as triton:
        for settings in sorted(repository.glob("*/config.pbtxt")):
            bind(triton, settings.parent)
        triton.serve()
