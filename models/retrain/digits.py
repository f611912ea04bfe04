"""Handwritten digits of scikit-learn: 1797 pictures of 8 x 8, in the package itself.

The classifier is a small perceptron. Its graph takes the pixels as they are, 0 to 16, in rows of 64 (`x`, FP32), and gives
a score for each digit (`scores`); the division by 16 is inside.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

import examples
from refusal import Refusal

CLASSES = 10
SIDE = 8
PIXELS = SIDE * SIDE
WHITE = 16.0
HIDDEN = 64
OPSET = 17
SEED = 20261201
# No trainer sees these: the gate judges by them.
HELD_OUT = 600


def write_data(folder: Path) -> None:
    """train.npz and held-out.npz: `x`, float32 rows of 64, and `y`, their classes. The same on every machine."""
    x, y = load_digits(return_X_y=True)
    rows = train_test_split(x.astype(np.float32), y, test_size=HELD_OUT, random_state=SEED, stratify=y)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "train.npz", x=rows[0], y=rows[2])
    np.savez(folder / "held-out.npz", x=rows[1], y=rows[3])


def train(data: Path, out: Path, *, feedback: Path | None, rows: int | None, shifted: bool) -> None:
    """Trains on the first `rows` of `data`, and on what feedback has labelled."""
    with np.load(data, allow_pickle=False) as arrays:
        x, y = arrays["x"][:rows], arrays["y"][:rows]
    if feedback is not None:
        more_x, more_y = labelled(feedback)
        x, y = np.concatenate([x, more_x]), np.concatenate([y, more_y])
    if shifted:
        x, y = with_shifts(x, y)
    missing = sorted(set(range(CLASSES)) - set(y.tolist()))
    if missing:
        raise Refusal(f"there is no example of {', '.join(map(str, missing))}")
    model = MLPClassifier((HIDDEN,), alpha=1e-3, max_iter=400, random_state=SEED)
    # Matrices of a few kilobytes: more threads only wait for each other.
    with threadpool_limits(1):
        model.fit(x / WHITE, y)
    print(f"trained on {len(y)} rows in {model.n_iter_} epochs, loss {model.loss_:.4f}")
    onnx.save(graph_of(model), out / "model.onnx")


def labelled(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The rows that clients have sent, with the classes that they have said since."""
    rows = [(one.tensors["x"].reshape(PIXELS), one.class_id) for one in examples.read(folder) if "x" in one.tensors]
    x = np.array([row for row, _ in rows], dtype=np.float32).reshape(-1, PIXELS)
    y = np.array([class_id for _, class_id in rows], dtype=np.int64)
    good = np.isfinite(x).all(axis=1) & (y < CLASSES)
    if not good.all():
        print(f"left out {np.count_nonzero(~good)} rows that are no digits")
    return x[good], y[good]


def with_shifts(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each digit also moved by one pixel, up, down, left and right."""
    pictures = x.reshape(-1, SIDE, SIDE)
    moved = [shift(pictures, down, right) for down, right in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))]
    return np.concatenate(moved).reshape(-1, PIXELS), np.tile(y, len(moved))


def shift(pictures: np.ndarray, down: int, right: int) -> np.ndarray:
    """Moved, with an empty edge where they came from."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    return padded[:, 1 - down : 1 - down + SIDE, 1 - right : 1 - right + SIDE]


def graph_of(model: MLPClassifier) -> onnx.ModelProto:
    """The perceptron as ONNX."""
    (first, last), (first_bias, last_bias) = model.coefs_, model.intercepts_
    constants = {
        "white": np.array([WHITE], dtype=np.float32),
        "hidden.weight": first.astype(np.float32),
        "hidden.bias": first_bias.astype(np.float32),
        "last.weight": last.astype(np.float32),
        "last.bias": last_bias.astype(np.float32),
    }
    nodes = [
        helper.make_node("Div", ["x", "white"], ["pixels"]),
        helper.make_node("Gemm", ["pixels", "hidden.weight", "hidden.bias"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "last.weight", "last.bias"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", PIXELS])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", CLASSES])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    made.ir_version = 8
    onnx.checker.check_model(made, full_check=True)
    return made
