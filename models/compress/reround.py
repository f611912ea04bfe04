"""The weights, rounded again so that their errors cancel.

onnxruntime rounds each weight to its nearest step. What counts is the error of
the layer's output, which models/export/rounding.py keeps small, given the mean and the
covariance of what the layer reads on the calibration rows. The steps change; scales, zero
points and the graph stay. Layers of a form that is not followed keep the nearest steps.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

sys.path.append(str(Path(__file__).resolve().parent.parent / "export"))

import rounding  # noqa: E402
import told  # noqa: E402
from activations import Moments, patches, reveal  # noqa: E402
from layers import Layer  # noqa: E402

# The covariance of more values under a kernel would take long, and gigabytes together.
LARGEST_KERNEL = 2400
# Bytes of the covariances that are gathered in one pass over the rows.
PASS_BYTES = 512 * 1024 * 1024
MOST_ROWS = 128


@dataclass
class Rounded:
    """A layer of the fp32 graph, and where its weights are in the int8 graph."""

    layer: Layer
    # Rows are output channels, columns the values under the kernel.
    rows: np.ndarray
    steps: onnx.TensorProto
    scale: np.ndarray
    # Transposed in the file: inputs first.
    transposed: bool
    bias: onnx.TensorProto | None
    bias_scale: np.ndarray | None

    @property
    def covariance_bytes(self) -> int:
        groups = len(self.rows) if self.layer.depthwise else 1
        return groups * self.rows.shape[1] ** 2 * 8


def reround(quantised: onnx.ModelProto, model: onnx.ModelProto, rows: object, limit: int) -> int:
    """Changes `quantised`, which was made from `model`. Returns the number of layers."""
    found = layers_of(quantised, model)
    done, count = 0, len(found)
    while found:
        batch = taken(found)
        for one, moments in zip(batch, measured(model, batch, rows), strict=True):
            told.step("rounding weights", done, count)
            put(one, moments, limit)
            done += 1
    return done


def taken(found: list[Rounded]) -> list[Rounded]:
    """As many as are measured in one pass; they leave the list."""
    batch = [found.pop(0)]
    while found and sum(one.covariance_bytes for one in [*batch, found[0]]) <= PASS_BYTES:
        batch.append(found.pop(0))
    return batch


def layers_of(quantised: onnx.ModelProto, model: onnx.ModelProto) -> list[Rounded]:
    """Those with constant weights in a form that is followed."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    after = Quantised(quantised)
    found = []
    for node in model.graph.node:
        layer = Layer(node, None)
        weight = weights.get(node.input[1]) if node.op_type in ("Conv", "Gemm") else None
        if weight is None or not followed(layer, list(weight.dims)):
            continue
        twin = after.nodes.get(node.name)
        steps = twin and after.constant(twin.input[1])
        if not steps:
            continue
        transposed = node.op_type == "Gemm" and layer.attribute("transB", 0) == 0
        values = numpy_helper.to_array(weight)
        values = values.T if transposed else values.reshape(len(values), -1)
        bias = after.constant(twin.input[2]) if len(twin.input) > 2 else None
        if values.shape[1] > LARGEST_KERNEL or steps[1].size != len(values):
            continue
        found.append(
            Rounded(layer, values, steps[0], steps[1].reshape(-1), transposed, *(bias or (None, None)))
        )
    return found


def followed(layer: Layer, shape: list[int]) -> bool:
    """Two axes, no dilation, explicit padding, and groups of all channels or of one."""
    if layer.node.op_type == "Gemm":
        return layer.attribute("transA", 0) == 0 and layer.attribute("alpha", 1.0) == 1.0
    groups = layer.attribute("group", 1)
    return (
        (groups == 1 or (shape[1] == 1 and shape[0] == groups))
        and len(layer.attribute("kernel_shape", [])) == 2
        and layer.attribute("dilations", [1, 1]) == [1, 1]
        and layer.attribute("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
    )


class Quantised:
    """Finds the constants of the int8 graph behind DequantizeLinear."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.nodes = {node.name: node for node in model.graph.node}
        self.tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        self.makers = {name: node for node in model.graph.node for name in node.output}

    def constant(self, name: str) -> tuple[onnx.TensorProto, np.ndarray] | None:
        """The steps and their scale; None where it is no such constant."""
        maker = self.makers.get(name)
        if maker is None or maker.op_type != "DequantizeLinear":
            return None
        steps, scale = (self.tensors.get(tensor) for tensor in maker.input[:2])
        if steps is None or scale is None:
            return None
        return steps, numpy_helper.to_array(scale)


def measured(model: onnx.ModelProto, batch: list[Rounded], rows: object) -> list[Moments]:
    """What each of the layers reads, over the calibration rows."""
    inputs = {value.name for value in model.graph.input}
    tensors = sorted({one.layer.input for one in batch} - inputs)
    session = reveal(model, tensors)
    moments = [Moments() for _ in batch]
    count = min(rows.count, MOST_ROWS)
    for index in range(count):
        told.step("measuring layers", index, count)
        row = rows.row(index)
        values = row | dict(zip(tensors, session.run(tensors, row), strict=True))
        for one, own in zip(batch, moments, strict=True):
            own.add(patches(values[one.layer.input], one.layer))
    return moments


def put(one: Rounded, moments: Moments, limit: int) -> None:
    scale = one.scale.astype(np.float32)
    covariance = moments.covariance
    if len(covariance) == 1:
        steps = rounding.spread(one.rows, scale, covariance[0], limit)
    else:
        each = zip(one.rows, scale, covariance, strict=True)
        steps = np.concatenate([rounding.spread(r[None], s[None], c, limit) for r, s, c in each])
    shift = ((one.rows - steps * scale[:, None]) * moments.mean).sum(axis=1)
    before = numpy_helper.to_array(one.steps)
    shaped = (steps.T if one.transposed else steps.reshape(before.shape)).astype(np.int8)
    one.steps.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(shaped), one.steps.name))
    if one.bias is not None:
        steps_of_bias = numpy_helper.to_array(one.bias) + np.rint(shift / one.bias_scale)
        kept = np.clip(steps_of_bias, -(2**31) + 1, 2**31 - 1).astype(np.int32)
        one.bias.CopyFrom(numpy_helper.from_array(kept, one.bias.name))
