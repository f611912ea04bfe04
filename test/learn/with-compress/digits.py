"""The handwritten digits of scikit-learn as files of numpy.savez: images.npz with all, and x, y of 1 x 8 x 8 to a row."""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
rows = (digits.images / 16).astype(np.float32)[:, None]
np.savez_compressed(Path(sys.argv[1]) / "digits.npz", x=rows, y=digits.target)
np.savez(Path(sys.argv[1]) / "unlabelled.npz", x=rows)
