"""Writes the network as an ONNX model: pixels (N, 64) to scores (N, 10)."""

import os
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# What onnxruntime 1.30 reads, and the versions before it.
OPSET = 17
IR_VERSION = 8


def write_onnx(weights: list[np.ndarray], path: Path) -> None:
    names = ("hidden.weight", "hidden.bias", "head.weight", "head.bias")
    constants = [numpy_helper.from_array(each, name) for each, name in zip(weights, names)]
    nodes = [
        helper.make_node("Gemm", ["pixels", "hidden.weight", "hidden.bias"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "head.weight", "head.bias"], ["scores"]),
    ]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", weights[0].shape[0]])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", weights[3].shape[0]])
    graph = helper.make_graph(nodes, "digits", [pixels], [scores], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    # Beside its place, then moved there: nobody finds half of it.
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(model.SerializeToString(deterministic=True))
    os.replace(part, path)
