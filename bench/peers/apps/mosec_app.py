"""mosec in one stage: each process decodes and runs. One stage, because two cost a copy of the pixels between processes.
The body is the photograph, decoded by Pillow, or by OpenCV when DECODER=cv2: faster, but its cubic filter has four taps and
no antialiasing, so its rows are not those that the network was trained on, only near to them."""

import os

import numpy as np
from classifier import BATCH, BATCH_WAIT_MS, WORKERS, Classifier
from mosec import Server, ValidationError, Worker
from photograph import CROP, RESIZE, row_of

OPENCV = os.environ.get("DECODER") == "cv2"
if OPENCV:
    import cv2

    # A process for each core decodes: OpenCV's own threads would only be in their way.
    cv2.setNumThreads(1)


def row_by_opencv(body: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise OSError("the body is not an image")
    height, width = image.shape[:2]
    scale = RESIZE / min(width, height)
    image = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_CUBIC)
    top, left = (image.shape[0] - CROP) // 2, (image.shape[1] - CROP) // 2
    return image[top : top + CROP, left : left + CROP]


def decoded(body: bytes) -> np.ndarray:
    try:
        return row_by_opencv(body) if OPENCV else row_of(body)
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
