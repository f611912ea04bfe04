"""The manifest: model.json, by which the server knows the model."""

import hashlib
import json
from pathlib import Path

import references


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(versions: dict[str, Path], target: Path) -> None:
    """Writes the manifest of the model whose versions lie at the given paths."""
    content = {
        "description": "EfficientNet-Lite0, ImageNet-1k",
        "inputs": [{"name": "image", "datatype": "UINT8", "shape": [224, 224, 3]}],
        "outputs": [{"name": "logits", "datatype": "FP32", "shape": [1000]}],
        "preprocess": {"resize": references.RESIZE, "crop": references.CROP, "filter": "bicubic"},
        "postprocess": {"softmax": True},
        "labels": "labels.txt",
        "defaultVersion": 1,
        "versionLabels": {"stable": 1, "int8": 2},
        "maxBatchSize": 2,
        "sha256": {version: digest(path) for version, path in versions.items()},
    }
    target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
