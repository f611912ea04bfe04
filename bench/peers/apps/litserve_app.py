"""LitServe: the photograph comes as the file `content` of a form, which is how its example of images takes it.
Processes are workers_per_device; batches are LitServe's own."""

import os

import litserve
import numpy as np
from classifier import BATCH, BATCH_WAIT_MS, WORKERS, Classifier, top_of
from photograph import row_of


class Classify(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.classifier = Classifier()

    def decode_request(self, request) -> np.ndarray:
        return row_of(request["content"].file.read())

    def batch(self, inputs: list[np.ndarray]) -> np.ndarray:
        return np.stack(inputs)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.classifier.probabilities(rows if BATCH > 1 else rows[None])

    def unbatch(self, output: np.ndarray) -> list[np.ndarray]:
        return list(output)

    def encode_response(self, output: np.ndarray) -> list[dict]:
        return top_of(output if BATCH > 1 else output[0])


if __name__ == "__main__":
    api = Classify(max_batch_size=BATCH, batch_timeout=BATCH_WAIT_MS / 1000 if BATCH > 1 else 0)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=WORKERS)
    server.run(
        host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", num_api_servers=1, generate_client_file=False
    )
