"""The quantiser: from the fp32 graph to int8, as QuantizeLinear/DequantizeLinear.

Weights are int8, a scale for each output channel, rounded as rounding.py says.
Activations are uint8, a scale and a zero point for each tensor, over the range
that the calibration crops met. A ReLU6 in front of such a tensor is left out:
its bounds are the bounds of the tensor's range. Pixels are uint8 already; the
first convolution reads them as they are, scale 1, zero point 127.
"""

import copy
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

import rounding
from activations import Activations, Range
from layers import Layer, Network
from network import MEAN, drop_unread

LEVELS = 255


@dataclass(frozen=True)
class Scale:
    """value = (step - zero) * step size"""

    size: np.float32
    zero: np.uint8


def scale_of(span: Range) -> Scale:
    """The finest scale that holds the range, and zero exactly."""
    low, high = min(float(span.low.min()), 0.0), max(float(span.high.max()), 0.0)
    size = (high - low) / LEVELS
    return Scale(np.float32(size), np.uint8(round(-low / size)))


class Quantiser:
    """Rewrites one graph; `kept` names the layers that stay in fp32."""

    def __init__(self, network: Network, activations: Activations, kept: frozenset[str]) -> None:
        self.network = Network(copy.deepcopy(network.model))
        self.graph = self.network.graph
        self.activations = activations
        self.quantised = [layer for layer in self.network.layers if layer.name not in kept]
        self.scales: dict[str, Scale] = {}
        self.made: list[onnx.NodeProto] = []

    def run(self) -> onnx.ModelProto:
        self.scales = self.choose_scales()
        for layer in self.quantised:
            self.round_weights(layer)
            if layer.clip:
                layer.node.output[0] = layer.clip.output[0]
                self.graph.node.remove(layer.clip)
        self.quantise_pixels()
        for tensor, scale in self.scales.items():
            self.quantise_tensor(tensor, scale)
        self.finish()
        return self.network.model

    def choose_scales(self) -> dict[str, Scale]:
        """A scale for what quantised layers read and write, and the sums between."""
        wanted = {layer.input for layer in self.quantised}
        wanted |= {layer.output for layer in self.quantised}
        ranges = self.activations.ranges
        chosen = {}
        for node in self.graph.node:
            output = node.output[0]
            if node.op_type in ("Add", "GlobalAveragePool") or output in wanted:
                chosen[output] = scale_of(ranges[output])
            if node.op_type == "Flatten":
                chosen[output] = chosen[node.input[0]]
        chosen.pop("logits", None)
        return chosen

    def constant(self, name: str, values: np.ndarray) -> str:
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def round_weights(self, layer: Layer) -> None:
        """Gives the layer int8 weights and an int32 bias."""
        moments = self.activations.moments[layer.name]
        weights, bias = self.network.weights(layer), self.network.bias(layer)
        result = rounding.rounded(weights, bias, moments.mean, moments.covariance)
        scale = np.float32(self.input_scale(layer)) * result.scale
        steps = np.clip(np.rint(result.bias / scale), -(2**31) + 1, 2**31 - 1).astype(np.int32)
        for position, values, size in ((1, result.steps, result.scale), (2, steps, scale)):
            name = f"{layer.name}.{('weight', 'bias')[position - 1]}"
            inputs = [
                self.constant(f"{name}.steps", values),
                self.constant(f"{name}.scale", size.astype(np.float32)),
                self.constant(f"{name}.zero", np.zeros(len(size), values.dtype)),
            ]
            self.made.append(helper.make_node("DequantizeLinear", inputs, [name], name, axis=0))
            layer.node.input[position] = name

    def input_scale(self, layer: Layer) -> np.float32:
        first = layer is self.network.layers[0]
        return np.float32(1) if first else self.scales[layer.input].size

    def quantise_pixels(self) -> None:
        """Cast and Sub become one DequantizeLinear, if the first layer is quantised."""
        sub = next(node for node in self.graph.node if node.op_type == "Sub")
        if self.scales.pop(sub.output[0], None) is None:
            return
        cast = next(node for node in self.graph.node if node.output[0] == sub.input[0])
        inputs = [
            cast.input[0],
            self.constant("pixels.scale", np.float32(1)),
            self.constant("pixels.zero", np.uint8(MEAN)),
        ]
        self.made.append(helper.make_node("DequantizeLinear", inputs, [sub.output[0]], "pixels"))
        self.graph.node.remove(cast)
        self.graph.node.remove(sub)

    def quantise_tensor(self, tensor: str, scale: Scale) -> None:
        """Puts a quantise-dequantise pair between a tensor and its readers."""
        size = self.constant(f"{tensor}.scale", scale.size)
        zero = self.constant(f"{tensor}.zero", scale.zero)
        steps, values = f"{tensor}.steps", f"{tensor}.values"
        for reader in self.network.readers(tensor):
            reader.input[list(reader.input).index(tensor)] = values
        self.made += [
            helper.make_node("QuantizeLinear", [tensor, size, zero], [steps], steps),
            helper.make_node("DequantizeLinear", [steps, size, zero], [values], values),
        ]

    def finish(self) -> None:
        """Sorts the nodes, drops what nothing reads any more, checks the graph."""
        waiting = [*self.made, *self.graph.node]
        known = {"image"} | {tensor.name for tensor in self.graph.initializer}
        del self.graph.node[:]
        while waiting:
            ready = [node for node in waiting if known.issuperset(node.input)]
            self.graph.node.extend(ready)
            known.update(name for node in ready for name in node.output)
            waiting = [node for node in waiting if node not in ready]
        drop_unread(self.graph)
        onnx.checker.check_model(self.network.model, full_check=True)
