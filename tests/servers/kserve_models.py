"""KServe's own Python server with a model repository's ONNX files: python kserve_models.py REPOSITORY PORT."""

from pathlib import Path
import sys

from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.protocol.rest import server
import onnxruntime


class OnnxModel(Model):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder.name)
        self._session = onnxruntime.InferenceSession(folder / "1" / "model.onnx", providers=["CPUExecutionProvider"])
        self.ready = True

    async def get_input_types(self) -> list[dict]:
        return _described(self._session.get_inputs())

    async def get_output_types(self) -> list[dict]:
        return _described(self._session.get_outputs())

    def predict(self, payload: InferRequest, headers=None, response_headers=None) -> InferResponse:
        given = payload.inputs[0]
        outputs = []
        names = [output.name for output in self._session.get_outputs()]
        for name, numbers in zip(names, self._session.run(names, {given.name: given.as_numpy()}), strict=True):
            output = InferOutput(name, list(numbers.shape), "FP32")
            output.set_data_from_numpy(numbers, binary_data=True)
            outputs.append(output)
        return InferResponse(payload.id or "", self.name, outputs)


def _described(ends: list) -> list[dict]:
    return [
        {"name": end.name, "datatype": "FP32", "shape": [size if isinstance(size, int) else -1 for size in end.shape]}
        for end in ends
    ]


if __name__ == "__main__":
    repository, port = Path(sys.argv[1]), int(sys.argv[2])
    listen = server.uvicorn.Config  # KServe is made for containers, and listens everywhere
    server.uvicorn.Config = lambda *given, **named: listen(*given, **{**named, "host": "127.0.0.1"})
    models = [OnnxModel(config.parent) for config in sorted(repository.glob("*/config.pbtxt"))]
    ModelServer(http_port=port, enable_grpc=False).start(models)
