"""A small model with what is odd about it, and the arrays to run it with."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy
import onnx
import onnx.parser
from onnx import numpy_helper

Feeds = dict[str, numpy.ndarray]

# Old enough for every onnxruntime of the last years.
HEAD = '<ir_version: 8, opset_import: ["": 17, "ai.onnx.ml": 3]>'


@dataclass
class Case:
    """`text`: the graph in the text form of ONNX. `beside`: weights that are kept in a file of their own."""

    name: str
    about: str
    text: str
    runs: list[Feeds] = field(default_factory=list)
    head: str = HEAD
    beside: bool = False

    def model(self) -> onnx.ModelProto:
        # Not checked any further: some are wrong on purpose.
        model = onnx.parser.parse_model(f"{self.head}\n{self.text}")
        if self.beside:
            for weights in model.graph.initializer:  # only raw data can be kept beside
                weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights), weights.name))
        return model

    def write(self, folder: Path) -> Path:
        """Writes model.onnx, and model.onnx.data where weights are kept beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "model.onnx"
        data = path.with_suffix(".onnx.data")
        data.unlink(missing_ok=True)  # onnx appends
        onnx.save(self.model(), path, save_as_external_data=self.beside, location=data.name, size_threshold=0)
        return path


def ramp(*shape: int, kind: type = numpy.float32, start: int = 0) -> numpy.ndarray:
    """Numbers that count up from `start`, halved if they are floats: exact in every type."""
    count = numpy.arange(start, start + int(numpy.prod(shape)))
    halved = count / 2 if numpy.issubdtype(kind, numpy.floating) else count
    return halved.astype(kind).reshape(shape)


def f32(rows: list) -> numpy.ndarray:
    return numpy.array(rows, numpy.float32)


def i64(rows: list) -> numpy.ndarray:
    return numpy.array(rows, numpy.int64)
