"""Runs a model repository's ONNX files in MLServer, which has no runtime for them.

Written by `python -m kith_engine export --oip FOLDER`; started beside onnxruntime by

    PYTHONPATH=deploy/mlserver mlserver start FOLDER
"""

import asyncio

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri
import numpy as np
import onnxruntime


class OnnxModel(MLModel):
    """One network."""

    async def load(self) -> bool:
        path = await get_model_uri(self._settings)
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pictures = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32, copy=False)
        answers = await asyncio.to_thread(self._session.run, self._outputs, {self._input: pictures})
        named = zip(self._outputs, answers, strict=True)
        return InferenceResponse(
            model_name=self.name, outputs=[NumpyCodec.encode_output(name, numbers) for name, numbers in named]
        )
