"""The equalisation: channels of like range, so that one scale serves them all.

Between the last convolution of a block and the first of the next nothing is
nonlinear. So each channel there may be multiplied by any factor, if the weights
that read it are divided by the same: the network's answers stay what they are,
but the ranges of the channels move together (Nagel et al., 2019). Blocks that a
residual sum joins share their factors.
"""

import numpy as np

from activations import Activations
from layers import Layer, Network

STRENGTH = 0.75
FLOOR = 1e-3


class Chain:
    """Tensors joined by residual sums, with the layers that write and read them."""

    def __init__(self, network: Network, first: Layer) -> None:
        self.writers = [first]
        self.tensors = [first.output]
        following = network.layers[network.layers.index(first) + 1 :]
        adds = [node for node in network.graph.node if node.op_type == "Add"]
        sums = {tensor: node for node in adds for tensor in node.input}
        while self.tensors[-1] in sums:
            total = sums[self.tensors[-1]]
            writer = next(layer for layer in following if layer.output in total.input)
            self.writers.append(writer)
            self.tensors += [writer.output, total.output[0]]
        self.readers = [layer for layer in network.layers if layer.input in self.tensors]

    def spread(self, activations: Activations) -> np.ndarray:
        """The greatest absolute value of each channel, over all the tensors."""
        ranges = [activations.ranges[tensor] for tensor in self.tensors]
        return np.max([np.maximum(-each.low, each.high) for each in ranges], axis=0)


def chains(network: Network) -> list[Chain]:
    """The chains of the network: each begins with a layer that has no ReLU6."""
    found: list[Chain] = []
    for layer in network.layers[:-1]:
        taken = [writer for chain in found for writer in chain.writers]
        if layer.clip is None and layer not in taken:
            found.append(Chain(network, layer))
    return found


def equalise(network: Network, activations: Activations) -> None:
    """Changes the weights of `network` in place; its answers stay the same."""
    for chain in chains(network):
        spread = chain.spread(activations)
        factors = (spread.max() / np.maximum(spread, spread.max() * FLOOR)) ** STRENGTH
        for layer in chain.writers:
            weights, bias = network.weights(layer), network.bias(layer)
            network.put(layer, weights * factors[:, None, None, None], bias * factors)
        for layer in chain.readers:
            weights, bias = network.weights(layer), network.bias(layer)
            network.put(layer, weights / factors[None, :, None, None], bias)
