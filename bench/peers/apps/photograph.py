"""A JPEG to the row that the network takes, by Pillow: the smaller side to 256, bicubic, and the centre of 224 x 224.

The network takes uint8 pixels and normalises them itself, so nothing here is in floating point.
"""

import io

import numpy as np
from PIL import Image

RESIZE = 256
CROP = 224


def row_of(body: bytes) -> np.ndarray:
    """uint8 [224, 224, 3], RGB. OSError when the bytes are no image."""
    image = Image.open(io.BytesIO(body)).convert("RGB")
    return row_of_image(image)


def row_of_image(image: Image.Image) -> np.ndarray:
    """The same from an image that the framework has opened already."""
    image = image.convert("RGB")
    width, height = image.size
    scale = RESIZE / min(width, height)
    image = image.resize((round(width * scale), round(height * scale)), Image.Resampling.BICUBIC)
    left, top = (image.width - CROP) // 2, (image.height - CROP) // 2
    return np.asarray(image.crop((left, top, left + CROP, top + CROP)))
