"""PyTriton: Triton's own server and dynamic batcher, with the work in this process, in one thread for each worker. The
photograph is a BYTES element of the Open Inference Protocol's binary data extension."""

import os
import sysconfig

import numpy as np
from classifier import BATCH, BATCH_WAIT_MS, WORKERS, Classifier, order_of
from photograph import row_of
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

TOP = 5


class Photographs:
    def __init__(self) -> None:
        self.classifier = Classifier()

    @batch
    def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
        probabilities = self.classifier.probabilities(np.stack([row_of(body) for body in image[:, 0]]))
        classes = np.stack([order_of(row) for row in probabilities])
        return {"class_id": classes, "probability": np.take_along_axis(probabilities, classes, axis=1)}


if __name__ == "__main__":
    # Triton's stub is linked with Python's library, which lies beside the interpreter that made the environment.
    libraries = [sysconfig.get_config_var("LIBDIR"), os.environ.get("LD_LIBRARY_PATH")]
    os.environ["LD_LIBRARY_PATH"] = ":".join(path for path in libraries if path)
    config = TritonConfig(
        http_address="127.0.0.1",
        http_port=int(os.environ["PORT"]),
        grpc_address="127.0.0.1",
        grpc_port=int(os.environ["GRPC_PORT"]),
        metrics_address="127.0.0.1",
        metrics_port=int(os.environ["METRICS_PORT"]),
    )
    with Triton(config=config) as triton:
        triton.bind(
            model_name="photographs",
            infer_func=[Photographs() for _ in range(WORKERS)],
            inputs=[Tensor(name="image", dtype=bytes, shape=(1,))],
            outputs=[
                Tensor(name="class_id", dtype=np.int64, shape=(TOP,)),
                Tensor(name="probability", dtype=np.float32, shape=(TOP,)),
            ],
            config=ModelConfig(
                max_batch_size=BATCH,
                batcher=DynamicBatcher(max_queue_delay_microseconds=BATCH_WAIT_MS * 1000 if BATCH > 1 else 0),
            ),
        )
        triton.serve()
