"""mosec in one stage: each process decodes by Pillow and runs. One stage, because two cost a copy of the pixels
between processes. The body is the photograph."""

import numpy as np
from classifier import BATCH, BATCH_WAIT_MS, WORKERS, Classifier
from mosec import Server, ValidationError, Worker
from photograph import row_of


def decoded(body: bytes) -> np.ndarray:
    try:
        return row_of(body)
    except OSError as error:
        raise ValidationError(str(error)) from error


class Classify(Worker):
    def __init__(self) -> None:
        self.classifier = Classifier()

    def deserialize(self, data: bytes) -> bytes:
        return data

    def forward(self, data):
        """With a largest batch of 1 mosec hands over one body, else a list of them."""
        if BATCH == 1:
            return self.classifier.top(decoded(data)[None])[0]
        return self.classifier.top(np.stack([decoded(body) for body in data]))


if __name__ == "__main__":
    server = Server()
    server.append_worker(Classify, num=WORKERS, max_batch_size=BATCH, max_wait_time=BATCH_WAIT_MS)
    server.run()
