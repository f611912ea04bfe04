"""BentoML: the photograph is the body, or with batches the file `images` of a form, because a batchable API takes
its items in a list. Processes are the service's workers; the batches are BentoML's adaptive ones, with its own limit of latency."""

import bentoml
import numpy as np
from classifier import BATCH, WORKERS, Classifier
from photograph import row_of_image
from PIL.Image import Image as PILImage


@bentoml.service(workers=WORKERS)
class Photographs:
    def __init__(self) -> None:
        self.classifier = Classifier()

    if BATCH > 1:

        @bentoml.api(batchable=True, max_batch_size=BATCH)
        def predict(self, images: list[PILImage]) -> list[list]:
            return self.classifier.top(np.stack([row_of_image(image) for image in images]))

    else:

        @bentoml.api
        def predict(self, image: PILImage, /) -> list:
            return self.classifier.top(row_of_image(image)[None])[0]
