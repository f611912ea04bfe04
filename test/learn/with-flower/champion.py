"""Writes what tests of federated training need into a folder: a champion that has seen few digits, a linear one that has seen
none, the digits of each client, and those that are held out."""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from digits import network
from digits.export import IR_VERSION, OPSET, write_onnx

FEW = 60
CLIENTS = 4

out = Path(sys.argv[1])
x, y, held_x, held_y = network.digits()
few = network.train(network.fresh(1), x[:FEW], y[:FEW], epochs=30, rate=0.5, seed=1)
write_onnx(few, out / "few.onnx")

weight = numpy_helper.from_array(np.zeros((64, 10), np.float32), "head.weight")
bias = numpy_helper.from_array(np.zeros(10, np.float32), "head.bias")
graph = helper.make_graph(
    [helper.make_node("Gemm", ["pixels", "head.weight", "head.bias"], ["scores"])],
    "linear",
    [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 64])],
    [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 10])],
    [weight, bias],
)
opset = [helper.make_opsetid("", OPSET)]
onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION), out / "linear.onnx")

np.savez(out / "held-out.npz", pixels=held_x, y=held_y.astype(np.int64))
parts = [network.partition(place, CLIENTS) for place in range(CLIENTS)]
rows = [{"features": a.tolist(), "labels": b.tolist()} for a, b in parts]
(out / "clients.json").write_text(json.dumps(rows))
