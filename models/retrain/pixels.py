"""A photograph as the input of a model, by the `preprocess` of its model.json: what docs/model-json.md says, in Pillow."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from refusal import Refusal

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def row_of(path: Path, preprocess: dict, *, uint8: bool, channels_first: bool) -> np.ndarray:
    """One row, without the batch axis."""
    with Image.open(path) as photograph:
        image = ImageOps.exif_transpose(photograph).convert("RGB")
    resize, crop = preprocess["resize"], preprocess["crop"]
    scale = resize / min(image.size)
    size = tuple(max(resize, int(side * scale + 1e-9)) for side in image.size)
    chosen = FILTERS.get(preprocess.get("filter", "bilinear"))
    if chosen is None:
        raise Refusal(f"there is no filter {preprocess['filter']} here")
    image = image.resize(size, chosen)
    left, top = ((side - crop) // 2 for side in image.size)
    pixels = np.asarray(image.crop((left, top, left + crop, top + crop)))
    if not uint8:
        mean, std = (np.array(preprocess.get(key, normal), dtype=np.float32) for key, normal in NORMAL)
        pixels = (pixels.astype(np.float32) / 255 - mean) / std
    return pixels.transpose(2, 0, 1) if channels_first else pixels


NORMAL = (("mean", [0.0, 0.0, 0.0]), ("std", [1.0, 1.0, 1.0]))
