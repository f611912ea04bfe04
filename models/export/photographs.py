"""The photographs: crops to calibrate the quantiser with, and others to judge it.

All come from scikit-image and scikit-learn. The photographs of `UNSEEN` are
never calibrated on; `FAMILIAR` judges other crops of those that are.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import fixtures
from network import SIDE

SEEN = [
    fixtures.skimage("astronaut.png"),
    fixtures.skimage("camera.png"),
    fixtures.skimage("chelsea.png"),
    fixtures.skimage("coffee.png"),
    fixtures.skimage("hubble_deep_field.jpg"),
    fixtures.skimage("motorcycle_left.png"),
    fixtures.skimage("grass.png"),
    fixtures.sklearn("china.jpg"),
]
UNSEEN = [
    fixtures.skimage("rocket.jpg"),
    fixtures.skimage("gravel.png"),
    fixtures.skimage("brick.png"),
    fixtures.skimage("coins.png"),
    fixtures.skimage("clock_motion.png"),
    fixtures.skimage("retina.jpg"),
    fixtures.skimage("ihc.png"),
    fixtures.skimage("moon.png"),
    fixtures.sklearn("flower.jpg"),
]
SMALLEST = 0.4


@dataclass(frozen=True)
class Crops:
    """So many random squares of each photograph, by a seed."""

    photographs: list[Path]
    each: int
    seed: int

    def pixels(self) -> np.ndarray:
        """uint8, crops x side x side x 3."""
        random = np.random.default_rng(self.seed)
        return np.stack(
            [self.square(path, random) for path in self.photographs for _ in range(self.each)]
        )

    def described(self) -> dict[str, object]:
        """For the report."""
        names = [path.name for path in self.photographs]
        return {"photographs": names, "cropsOfEach": self.each, "seed": self.seed}

    @staticmethod
    def square(path: Path, random: np.random.Generator) -> np.ndarray:
        """A random square, of at least 0.4 of the short side, half of them mirrored."""
        with Image.open(path) as photograph:
            image = photograph.convert("RGB")
        side = random.uniform(SMALLEST, 1) * min(image.size)
        left = random.uniform(0, image.width - side)
        top = random.uniform(0, image.height - side)
        box = (int(left), int(top), int(left + side), int(top + side))
        square = image.crop(box).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        if random.random() < 0.5:
            square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return np.asarray(square)


EQUALISATION = Crops(SEEN, 8, seed=2)
CALIBRATION = Crops(SEEN, 16, seed=1)
CORRECTION = Crops(SEEN, 4, seed=3)
FAMILIAR = Crops(SEEN, 28, seed=99)
HELD_OUT = Crops(UNSEEN, 50, seed=7)
