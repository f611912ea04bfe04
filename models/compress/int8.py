"""Static int8: weights by channel, activations over what calibration has met.

The graph is onnxruntime's (QuantizeLinear/DequantizeLinear around what has int8
kernels); the weights are then rounded again, as the model in the box was: against
the covariance of each layer's input (models/export/rounding.py).
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

import onnx_file
import reround
import told

WEIGHED = ("Conv", "ConvTranspose", "Gemm", "MatMul")


class Rows(CalibrationDataReader):
    """The calibration rows, one at a time."""

    def __init__(self, inputs: list[dict[str, str]], model: onnx.ModelProto) -> None:
        self.axes = {value.name: len(value.type.tensor_type.shape.dim) for value in model.graph.input}
        self.arrays = {one["name"]: np.load(one["file"], mmap_mode="r") for one in inputs}
        self.count = len(next(iter(self.arrays.values())))
        self.at = 0

    def get_next(self) -> dict[str, np.ndarray] | None:
        if self.at == self.count:
            return None
        told.step("calibrating", self.at, self.count)
        self.at += 1
        return self.row(self.at - 1)

    def row(self, index: int) -> dict[str, np.ndarray]:
        """With a batch axis, where the model has one."""
        return {
            name: np.array(array[index] if self.axes[name] < array.ndim else array[index : index + 1])
            for name, array in self.arrays.items()
        }


def compress(task: dict[str, object]) -> dict[str, object]:
    told.step("reading the model")
    model = onnx_file.read(str(task["model"]))
    weighed = [node for node in model.graph.node if node.op_type in WEIGHED]
    if not weighed:
        raise told.Refused(
            "There is nothing to quantise: the model has no convolution and no matrix product."
        )
    onnx_file.without_weights_in_inputs(model)
    rows = Rows(task["inputs"], model)
    reduced = bool(task["reduceRange"])
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared, quantised = (str(Path(folder) / f"{name}.onnx") for name in ("a", "b", "c"))
        onnx_file.write(model, plain)
        prepare(plain, prepared)
        quantize_static(
            prepared,
            quantised,
            rows,
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=reduced,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        fp32, int8 = onnx.load(prepared), onnx.load(quantised)
    layers = reround.reround(int8, fp32, rows, limit=63 if reduced else 127)
    onnx_file.write(int8, str(task["target"]))
    return {
        "facts": {
            "format": "QuantizeLinear/DequantizeLinear",
            "weights": f"int8 by channel, {'7' if reduced else '8'} bits",
            "activations": "uint8 by tensor, least and greatest value met",
            "calibrationRows": rows.count,
            "reduceRange": reduced,
            "layersRoundedByCovariance": layers,
        }
    }


def prepare(source: str, target: str) -> None:
    """Folds constants and batch normalisation, and infers shapes, as quantisation wants it.

    onnxruntime's own quant_pre_process (1.30) drops what it has folded when symbolic
    shapes are skipped: it writes the graph from before.
    """
    told.step("preparing the graph")
    folded = f"{target}.folded"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = folded
    # Only a model that has no room in one file.
    if Path(source).with_name(Path(source).name + ".data").exists():
        name = Path(target).name + ".data"
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", name)
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    onnx.shape_inference.infer_shapes_path(folded, target)
