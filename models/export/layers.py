"""The layers: the fp32 graph as a chain of layers with weights.

Each convolution is one layer, with the ReLU6 (Clip) that may follow it; the
classifier (Gemm) is the last. Reading and writing weights goes through here.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper


@dataclass(frozen=True)
class Layer:
    """A convolution or the classifier. `input` and `output` name tensors, the
    output after the ReLU6 if there is one; `clip` is that ReLU6's node."""

    node: onnx.NodeProto
    clip: onnx.NodeProto | None

    @property
    def name(self) -> str:
        """/_blocks.0/_depthwise_conv/Conv -> blocks.0.depthwise"""
        parts = self.node.name.strip("/").split("/")[:-1] or ["classifier"]
        return ".".join(part.strip("_").removesuffix("_conv") for part in parts)

    @property
    def input(self) -> str:
        return self.node.input[0]

    @property
    def output(self) -> str:
        return (self.clip or self.node).output[0]

    @property
    def depthwise(self) -> bool:
        return self.attribute("group", 1) > 1

    def attribute(self, name: str, default: object = None) -> object:
        for attribute in self.node.attribute:
            if attribute.name == name:
                return onnx.helper.get_attribute_value(attribute)
        return default


class Network:
    """A graph and its layers, first to last."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.graph = model.graph
        self.tensors = {tensor.name: tensor for tensor in self.graph.initializer}
        self.layers = [
            Layer(node, self.clip_after(node))
            for node in self.graph.node
            if node.op_type in ("Conv", "Gemm")
        ]

    def readers(self, tensor: str) -> list[onnx.NodeProto]:
        return [node for node in self.graph.node if tensor in node.input]

    def clip_after(self, node: onnx.NodeProto) -> onnx.NodeProto | None:
        readers = self.readers(node.output[0])
        return readers[0] if len(readers) == 1 and readers[0].op_type == "Clip" else None

    def weights(self, layer: Layer) -> np.ndarray:
        return numpy_helper.to_array(self.tensors[layer.node.input[1]]).copy()

    def bias(self, layer: Layer) -> np.ndarray:
        return numpy_helper.to_array(self.tensors[layer.node.input[2]]).copy()

    def put(self, layer: Layer, weights: np.ndarray, bias: np.ndarray) -> None:
        for name, values in ((layer.node.input[1], weights), (layer.node.input[2], bias)):
            self.tensors[name].CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))
