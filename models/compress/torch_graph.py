"""An ONNX graph as a module of torch, so that its channels can be removed and its weights trained; and back.

Weights live in modules that torch-pruning knows; everything else runs as it stands in the
graph. Going back, the modules' weights take the place of the graph's own: names, inputs,
outputs, operator set and what the graph does to its input stay.
"""

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from operators import OPERATORS
from told import Refused

Attributes = dict[str, object]


class TorchGraph(nn.Module):
    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        self.model = model
        self.nodes = list(model.graph.node)
        given = {tensor.name for tensor in model.graph.initializer}
        self.inputs = [value.name for value in model.graph.input if value.name not in given]
        self.outputs = [value.name for value in model.graph.output]
        self.constants = {
            tensor.name: torch.from_numpy(np.array(numpy_helper.to_array(tensor)))
            for tensor in model.graph.initializer
        }
        self.layers = nn.ModuleDict()
        unknown = sorted(
            {node.op_type for node in self.nodes if node.op_type not in {*OPERATORS, *MODULES}}
        )
        if unknown:
            raise Refused(f"Pruning does not follow the operator {', '.join(unknown)} of this model.")
        used: set[str] = set()
        for index, node in enumerate(self.nodes):
            make = MODULES.get(node.op_type)
            layer = make and make(node, attributes(node), self.constants)
            if not layer:
                if node.op_type in ("Conv", "Gemm", "BatchNormalization"):
                    raise Refused(f"The weights of {node.name or node.op_type} are computed or of a form that is not followed.")
                continue
            own = {name for name in node.input[1:] if name}
            if own & used:
                raise Refused(f"The weights of {node.name or node.op_type} belong to two layers.")
            used |= own
            self.layers[str(index)] = layer

    def forward(self, *rows: torch.Tensor) -> torch.Tensor:
        values: dict[str, torch.Tensor] = {**self.constants, **dict(zip(self.inputs, rows, strict=True))}
        for index, node in enumerate(self.nodes):
            key = str(index)
            if key in self.layers:
                made = self.layers[key](values[node.input[0]])
            else:
                read = [values[name] if name else None for name in node.input]
                made = OPERATORS[node.op_type](read, attributes(node))
            values[node.output[0]] = made
        return values[self.outputs[0]]

    def last_layers(self) -> list[nn.Module]:
        """Those whose channels are the outputs: nothing with weights of its own comes after them."""
        makers = {name: index for index, node in enumerate(self.nodes) for name in node.output}
        waiting, seen, last = list(self.outputs), set(), []
        while waiting:
            index = makers.get(waiting.pop())
            if index is None or index in seen:
                continue
            seen.add(index)
            layer = self.layers[str(index)] if str(index) in self.layers else None
            if isinstance(layer, nn.Conv2d | nn.Linear):
                last.append(layer)
            else:
                waiting.extend(self.nodes[index].input)
        return last

    def write_back(self) -> onnx.ModelProto:
        """The graph with the modules' weights."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        for key, layer in self.layers.items():
            node = model.graph.node[int(key)]
            for name, values in weights_of(layer, node):
                tensors[name].CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))
            if isinstance(layer, nn.Conv2d) and layer.groups > 1:
                replace(node, "group", layer.groups)
        # Their shapes were those of the whole model.
        del model.graph.value_info[:]
        return model


def attributes(node: onnx.NodeProto) -> Attributes:
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def replace(node: onnx.NodeProto, name: str, value: object) -> None:
    kept = [one for one in node.attribute if one.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def parameter(constants: dict[str, torch.Tensor], node: onnx.NodeProto, index: int) -> torch.Tensor | None:
    if len(node.input) <= index or not node.input[index]:
        return None
    return constants.get(node.input[index])


def conv(node: onnx.NodeProto, given: Attributes, constants: dict[str, torch.Tensor]) -> nn.Module | None:
    weight, bias = parameter(constants, node, 1), parameter(constants, node, 2)
    if weight is None or weight.ndim != 4 or given.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        return None
    top, left, bottom, right = given.get("pads", [0, 0, 0, 0])
    layer = nn.Conv2d(
        weight.shape[1] * given.get("group", 1),
        weight.shape[0],
        tuple(weight.shape[2:]),
        stride=tuple(given.get("strides", [1, 1])),
        padding=(top, left) if (top, left) == (bottom, right) else 0,
        dilation=tuple(given.get("dilations", [1, 1])),
        groups=given.get("group", 1),
        bias=bias is not None,
    )
    fill(layer, weight, bias)
    if (top, left) == (bottom, right):
        return layer
    return Padded(layer, (left, right, top, bottom))


class Padded(nn.Module):
    """A convolution after padding that differs from side to side."""

    def __init__(self, layer: nn.Conv2d, pads: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.layer = layer
        self.pads = pads

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.layer(nn.functional.pad(values, self.pads))


def gemm(node: onnx.NodeProto, given: Attributes, constants: dict[str, torch.Tensor]) -> nn.Module | None:
    weight, bias = parameter(constants, node, 1), parameter(constants, node, 2)
    plain = given.get("alpha", 1.0) == 1.0 and given.get("beta", 1.0) == 1.0 and not given.get("transA", 0)
    if weight is None or weight.ndim != 2 or not plain or (bias is not None and bias.ndim != 1):
        return None
    return linear(weight if given.get("transB", 0) else weight.T, bias)


def matmul(node: onnx.NodeProto, _: Attributes, constants: dict[str, torch.Tensor]) -> nn.Module | None:
    weight = parameter(constants, node, 1)
    return None if weight is None or weight.ndim != 2 else linear(weight.T, None)


def linear(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Module:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    fill(layer, weight, bias)
    return layer


def normalisation(node: onnx.NodeProto, given: Attributes, constants: dict[str, torch.Tensor]) -> nn.Module | None:
    scale, bias, mean, variance = (parameter(constants, node, index) for index in (1, 2, 3, 4))
    if any(one is None for one in (scale, bias, mean, variance)):
        return None
    layer = nn.BatchNorm2d(len(scale), eps=given.get("epsilon", 1e-5))
    fill(layer, scale, bias)
    layer.running_mean.copy_(mean)
    layer.running_var.copy_(variance)
    return layer


def fill(layer: nn.Module, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)


MODULES = {"Conv": conv, "Gemm": gemm, "MatMul": matmul, "BatchNormalization": normalisation}


def weights_of(layer: nn.Module, node: onnx.NodeProto) -> list[tuple[str, np.ndarray]]:
    """By the names that the node reads them under."""
    if isinstance(layer, Padded):
        return weights_of(layer.layer, node)
    weight = layer.weight.detach().numpy()
    transposed = node.op_type == "MatMul" or (node.op_type == "Gemm" and not attributes(node).get("transB", 0))
    found = [(node.input[1], weight.T if transposed else weight)]
    if layer.bias is not None:
        found.append((node.input[2], layer.bias.detach().numpy()))
    if isinstance(layer, nn.BatchNorm2d):
        found.append((node.input[3], layer.running_mean.numpy()))
        found.append((node.input[4], layer.running_var.numpy()))
    return [(name, np.ascontiguousarray(values)) for name, values in found]
