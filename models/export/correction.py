"""The correction: biases that make up for the mean error of the activations.

Rounded activations are a little off in the mean, and the layers behind add that
up. Layer by layer, first to last, the mean input of the int8 network is held
against that of the fp32 network on the same crops; what the weights make of the
difference goes into the bias.
"""

import numpy as np
import onnx
from onnx import numpy_helper

from activations import Activations, patches, reveal
from layers import Layer, Network


def mean_input(model: onnx.ModelProto, tensor: str, layer: Layer, crops: np.ndarray) -> np.ndarray:
    """The mean under the layer's kernel: groups x kernel."""
    session = reveal(model, [tensor])
    runs = (session.run(None, {"image": crop[None]})[0] for crop in crops)
    return np.mean([patches(values, layer).mean(axis=2) for values in runs], axis=0)


def correct(quantised: onnx.ModelProto, network: Network, crops: np.ndarray) -> None:
    """Changes the int32 biases of `quantised`, which was made from `network`."""
    expected = Activations(network, crops).moments
    tensors = {tensor.name: tensor for tensor in quantised.graph.initializer}
    nodes = {node.name: node for node in quantised.graph.node}
    for layer in network.layers:
        scale = tensors.get(f"{layer.name}.bias.scale")
        if scale is None:
            continue
        given = mean_input(quantised, nodes[layer.node.name].input[0], layer, crops)
        rows = network.weights(layer).reshape(len(network.bias(layer)), -1)
        missing = (rows * (expected[layer.name].mean - given)).sum(axis=1)
        steps = tensors[f"{layer.name}.bias.steps"]
        shift = np.rint(missing / numpy_helper.to_array(scale)).astype(np.int32)
        steps.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(steps) + shift, steps.name))
