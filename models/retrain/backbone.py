"""An image classifier, taken apart before its last layer, and put together with another one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from refusal import Refusal


@dataclass(frozen=True)
class Head:
    """The last layer: scores = features @ weight + bias."""

    weight: np.ndarray
    bias: np.ndarray


class Backbone:
    """The graph of a model.onnx whose last node is a Gemm."""

    def __init__(self, path: Path) -> None:
        self.model = onnx.load(path)
        graph = self.model.graph
        output = graph.output[0].name
        last = next((node for node in graph.node if output in node.output), None)
        constants = {tensor.name for tensor in graph.initializer}
        if last is None or last.op_type != "Gemm" or not set(last.input[1:]) <= constants or len(last.input) != 3:
            found = "nothing" if last is None else last.op_type
            raise Refusal(
                f"the last node of the champion is {found}, and a new head takes the place of a Gemm with constant "
                "weights: let the version in floating point be the champion"
            )
        factors = {one.name: helper.get_attribute_value(one) for one in last.attribute}
        if factors.get("transA", 0) != 0 or factors.get("alpha", 1) != 1 or factors.get("beta", 1) != 1:
            raise Refusal("the last Gemm of the champion has factors that a new head would lose")
        self.last = last
        self.transposed = factors.get("transB", 0) == 1

    @property
    def head(self) -> Head:
        weight, bias = (self.constant(name) for name in self.last.input[1:])
        return Head(weight.T if self.transposed else weight, bias)

    def constant(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(next(one for one in self.model.graph.initializer if one.name == name))

    def features(self) -> onnxruntime.InferenceSession:
        """A session that gives what the last layer takes."""
        cut = onnx.ModelProto()
        cut.CopyFrom(self.model)
        del cut.graph.output[:]
        cut.graph.output.append(helper.make_tensor_value_info(self.last.input[0], TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            cut.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def with_head(self, head: Head) -> onnx.ModelProto:
        """The same model with another last layer; its inputs and outputs stay."""
        made = onnx.ModelProto()
        made.CopyFrom(self.model)
        weight = head.weight.T if self.transposed else head.weight
        values = dict(zip(self.last.input[1:], (weight, head.bias), strict=True))
        for tensor in made.graph.initializer:
            if tensor.name in values:
                value = np.ascontiguousarray(values[tensor.name], dtype=np.float32)
                tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
        onnx.checker.check_model(made, full_check=True)
        return made
