"""A new last layer on the features of the champion, from photographs that feedback has labelled.

Few photographs, many classes: the weights start as the champion's and are held to them (L2-SP: Li, Grandvalet, Davoine,
"Explicit Inductive Bias for Transfer Learning", 2018), so that classes of which nothing was said stay as they are.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from scipy.optimize import minimize
from scipy.special import log_softmax

import examples
import pixels
from backbone import Backbone, Head
from refusal import Refusal

STEPS = 200
BATCH = 8


def train(champion: Path, data: Path, out: Path, strength: float) -> None:
    backbone = Backbone(champion / "model.onnx")
    before = backbone.head
    photographs = [one for one in examples.read(data) if one.image is not None]
    if not photographs:
        raise Refusal("there is no labelled photograph to train on")
    classes = np.array([one.class_id for one in photographs])
    if classes.max() >= len(before.bias):
        raise Refusal(f"there is a label of class {classes.max()}, and the model has {len(before.bias)} classes")
    features = features_of(backbone, [one.image for one in photographs], champion.parent / "model.json")
    after = fitted(features, classes, before, strength)
    for name, head in (("before", before), ("now", after)):
        right = np.mean(np.argmax(features @ head.weight + head.bias, axis=1) == classes)
        print(f"{name}: {right:.1%} of {len(classes)} photographs that were trained on")
    onnx.save(backbone.with_head(after), out / "model.onnx")


def features_of(backbone: Backbone, photographs: list[Path], description: Path) -> np.ndarray:
    """Photographs x features."""
    try:
        preprocess = json.loads(description.read_text(encoding="utf-8"))["preprocess"]
    except (OSError, KeyError, ValueError) as error:
        raise Refusal(f"{description} does not say how photographs become its input: {error!r}") from error
    session = backbone.features()
    (given,) = session.get_inputs()
    layout = {"uint8": given.type == "tensor(uint8)", "channels_first": given.shape[1] == 3}
    found = []
    for start in range(0, len(photographs), BATCH):
        rows = [pixels.row_of(path, preprocess, **layout) for path in photographs[start : start + BATCH]]
        (values,) = session.run(None, {given.name: np.stack(rows)})
        found.append(values.reshape(len(rows), -1))
    return np.concatenate(found).astype(np.float64)


def fitted(features: np.ndarray, classes: np.ndarray, before: Head, strength: float) -> Head:
    """The minimum of the mean cross-entropy and of `strength` times the distance to the weights before."""
    count, width = features.shape
    base = features @ before.weight + before.bias
    known = np.zeros_like(base)
    known[np.arange(count), classes] = 1
    shape = (width + 1, base.shape[1])
    extended = np.hstack([features, np.ones((count, 1))])

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        change = flat.reshape(shape)
        logged = log_softmax(base + extended @ change, axis=1)
        slope = extended.T @ (np.exp(logged) - known) / count + strength * change
        value = -(known * logged).sum() / count + strength / 2 * (change**2).sum()
        return value, slope.ravel()

    found = minimize(loss, np.zeros(np.prod(shape)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    change = found.x.reshape(shape)
    return Head(before.weight + change[:-1], before.bias + change[-1])
