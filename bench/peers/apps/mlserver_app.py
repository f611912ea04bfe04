"""MLServer with a runtime of its own: the photograph is one BYTES element in base64, which is the content type that
MLServer documents for bytes in JSON; its REST interface has no binary data. Processes are its parallel workers and
batches its adaptive ones, both set in the environment."""

import numpy as np
from classifier import Classifier, order_of
from mlserver import MLModel
from mlserver.codecs import Base64Codec, NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from photograph import row_of


class Photographs(MLModel):
    async def load(self) -> bool:
        self.classifier = Classifier()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        bodies = self.decode(payload.inputs[0], default_codec=Base64Codec)
        probabilities = self.classifier.probabilities(np.stack([row_of(body) for body in bodies]))
        classes = np.stack([order_of(row) for row in probabilities])
        return InferenceResponse(
            model_name=self.name,
            model_version=self.version,
            outputs=[
                NumpyCodec.encode_output("class_id", classes),
                NumpyCodec.encode_output("probability", np.take_along_axis(probabilities, classes, axis=1)),
            ],
        )
