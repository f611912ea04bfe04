"""The activations: what flows through the fp32 graph on the calibration crops.

For each tensor the least and greatest value of each channel; for the input of
each layer also the mean and the covariance of the values under its kernel,
which is all that the rounding of its weights needs to know.
"""

import copy
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

from layers import Layer, Network

PLACES = 4096
MEASURED = ("Sub", "Conv", "Clip", "Add", "GlobalAveragePool", "Flatten", "Gemm")


@dataclass
class Range:
    """The least and greatest value of each channel."""

    low: np.ndarray
    high: np.ndarray


class Moments:
    """Running mean and covariance of patches, one set per group of channels."""

    def __init__(self) -> None:
        self.count = 0
        self.sum: np.ndarray | float = 0.0
        self.products: np.ndarray | float = 0.0

    def add(self, patches: np.ndarray) -> None:
        """`patches`: groups x values under the kernel x places.

        Of very many places, a regular sample is enough.
        """
        patches = patches[:, :, :: -(-patches.shape[2] // PLACES)]
        self.count += patches.shape[2]
        self.sum = self.sum + patches.sum(axis=2, dtype=np.float64)
        self.products = self.products + patches @ patches.transpose(0, 2, 1)

    @property
    def mean(self) -> np.ndarray:
        return self.sum / self.count

    @property
    def covariance(self) -> np.ndarray:
        mean = self.mean
        return self.products / self.count - mean[:, :, None] * mean[:, None, :]


def patches(values: np.ndarray, layer: Layer) -> np.ndarray:
    """The values that each place of the kernel meets: groups x kernel x places."""
    if values.ndim == 2:
        return values.T[None]
    channels = values.shape[1]
    top, left, bottom, right = layer.attribute("pads", [0, 0, 0, 0])
    height, width = layer.attribute("kernel_shape")
    step = layer.attribute("strides", [1, 1])
    padded = np.pad(values[0], ((0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    windows = windows[:, :: step[0], :: step[1]].transpose(0, 3, 4, 1, 2)
    flat = windows.reshape(channels, height * width, -1)
    return flat if layer.depthwise else flat.reshape(1, channels * height * width, -1)


class Activations:
    """Ranges by tensor and moments by layer, over the given crops."""

    def __init__(self, network: Network, crops: np.ndarray) -> None:
        self.ranges: dict[str, Range] = {}
        self.moments = {layer.name: Moments() for layer in network.layers}
        tensors = [n.output[0] for n in network.graph.node if n.op_type in MEASURED]
        session = reveal(network.model, tensors)
        for crop in crops:
            values = dict(zip(tensors, session.run(None, {"image": crop[None]}), strict=True))
            for tensor, each in values.items():
                self.widen(tensor, each[0].reshape(each.shape[1], -1))
            for layer in network.layers:
                self.moments[layer.name].add(patches(values[layer.input], layer))

    def widen(self, tensor: str, values: np.ndarray) -> None:
        low, high = values.min(axis=1), values.max(axis=1)
        known = self.ranges.setdefault(tensor, Range(low, high))
        known.low, known.high = np.minimum(known.low, low), np.maximum(known.high, high)


def reveal(model: onnx.ModelProto, tensors: list[str]) -> onnxruntime.InferenceSession:
    """A session whose outputs are the given tensors."""
    opened = copy.deepcopy(model)
    del opened.graph.output[:]
    opened.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in tensors
    )
    return onnxruntime.InferenceSession(
        opened.SerializeToString(), providers=["CPUExecutionProvider"]
    )
