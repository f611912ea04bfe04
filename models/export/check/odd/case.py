"""A small model with what is odd about it, and the arrays to run it with."""

from dataclasses import dataclass, field

import numpy
import onnx
import onnx.parser

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
        return onnx.parser.parse_model(f"{self.head}\n{self.text}")


def ramp(*shape: int, kind: type = numpy.float32, start: int = 0) -> numpy.ndarray:
    """Numbers that count up from `start`, halved if they are floats: exact in every type."""
    count = numpy.arange(start, start + int(numpy.prod(shape)))
    halved = count / 2 if numpy.issubdtype(kind, numpy.floating) else count
    return halved.astype(kind).reshape(shape)


def f32(rows: list) -> numpy.ndarray:
    return numpy.array(rows, numpy.float32)


def i64(rows: list) -> numpy.ndarray:
    return numpy.array(rows, numpy.int64)
