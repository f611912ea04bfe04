"""Models that are generated, in a folder as the server reads it."""

from pathlib import Path

import network
import onnx
import scikit
from archives import Model
from odd import all_cases

NETWORKS = {
    "resnet18": ("ResNet-18, seeded random weights", network.resnet18),
    "mlp": ("an MLP of three layers, 4096 wide, seeded random weights", network.mlp),
    "sentence-encoder": ("attention over word numbers with a mask, seeded random weights", network.sentence_encoder),
    "iris": ("a scikit-learn pipeline without ZipMap", lambda: scikit.iris(zip_map=False)),
    "iris-zip-map": ("the same with ZipMap", lambda: scikit.iris(zip_map=True)),
    "diabetes": ("gradient boosting of scikit-learn", scikit.regression),
    "birds": ("a scikit-learn pipeline with columns of text and of numbers, and labels of text", scikit.table),
}


def networks(repository: Path) -> list[Model]:
    models = []
    for name, (about, build) in NETWORKS.items():
        path = repository / name / "1" / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(build(), path)
        models.append(Model(name, about, "", path))
    return models


def odd_models(repository: Path) -> list[Model]:
    """Each with the inputs that its case names."""
    models = []
    for case in all_cases():
        path = case.write(repository / case.name / "1")
        models.append(Model(case.name, case.about, "", path, case.runs))
    return models
