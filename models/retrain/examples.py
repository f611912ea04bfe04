"""The labelled inputs that the pipeline has collected: `train.jsonl`, a line each, and photographs beside it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from refusal import Refusal

FILE = "train.jsonl"

# Names of the Open Inference Protocol. Numbers are little-endian and row-major.
DTYPES = {
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
    "INT8": "i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "UINT8": "u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "BOOL": "?",
}


@dataclass(frozen=True)
class Example:
    """An input and its class. Either `image` is the path of a photograph, or `tensors` holds one row of each input."""

    class_id: int
    image: Path | None
    tensors: dict[str, np.ndarray]


def read(folder: Path) -> Iterator[Example]:
    """In the order of the log, so that the same log trains the same model."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Refusal(f"there are no labelled inputs: {error}") from error
    for line in lines:
        facts = json.loads(line)
        image = facts.get("image")
        yield Example(
            class_id=int(facts["class_id"]),
            image=None if image is None else folder / image,
            tensors={tensor["name"]: row_of(tensor) for tensor in facts.get("tensors", [])},
        )


def row_of(tensor: dict) -> np.ndarray:
    """One row, without the batch axis."""
    dtype = DTYPES.get(tensor["datatype"])
    if dtype is None:
        raise Refusal(f"there is no way to train on inputs of {tensor['datatype']}")
    return np.frombuffer(base64.b64decode(tensor["data"]), dtype).reshape(tensor["shape"])
