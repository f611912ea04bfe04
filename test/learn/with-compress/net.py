"""Trains a small convolution net on the digits, and writes it as ONNX: with weights inside, and beside it in another folder."""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

torch.manual_seed(1)
# Beside others on the machine, two threads that wait for each other take longer than one.
torch.set_num_threads(1)
folder = Path(sys.argv[1])
data = np.load(folder / "digits.npz")
x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"].astype(np.int64))


def block(given: int, made: int) -> list[nn.Module]:
    return [nn.Conv2d(given, made, 3, padding=1), nn.BatchNorm2d(made), nn.ReLU()]


net = nn.Sequential(
    *block(1, 32), *block(32, 64), nn.MaxPool2d(2), *block(64, 64), nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 10)
)
# Half of them: the others are new to it.
order = torch.randperm(len(x))[: len(x) // 2]
optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3)
for _ in range(20):
    for some in order[torch.randperm(len(order))].split(64):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(x[some]), y[some]).backward()
        optimiser.step()
net.eval()

nodes, weights = [], []


def add(op: str, given: str, parameters: dict[str, torch.Tensor], **attributes: object) -> str:
    made = f"{op.lower()}{len(nodes)}"
    names = [f"{made}.{name}" for name in parameters]
    for name, value in zip(names, parameters.values(), strict=True):
        weights.append(numpy_helper.from_array(value.detach().numpy(), name))
    nodes.append(helper.make_node(op, [given, *names], [made], made, **attributes))
    return made


at = "x"
for layer in net:
    if isinstance(layer, nn.Conv2d):
        at = add("Conv", at, {"w": layer.weight, "b": layer.bias}, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    elif isinstance(layer, nn.BatchNorm2d):
        own = {"s": layer.weight, "b": layer.bias, "m": layer.running_mean, "v": layer.running_var}
        at = add("BatchNormalization", at, own, epsilon=layer.eps)
    elif isinstance(layer, nn.MaxPool2d):
        at = add("MaxPool", at, {}, kernel_shape=[2, 2], strides=[2, 2])
    elif isinstance(layer, nn.Linear):
        at = add("Gemm", at, {"w": layer.weight, "b": layer.bias}, transB=1)
    else:
        at = add("Relu" if isinstance(layer, nn.ReLU) else "Flatten", at, {})
nodes[-1].output[0] = "logits"
graph = helper.make_graph(
    nodes,
    "digits",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 8, 8])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])],
    weights,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
onnx.save_model(model, folder / "inside.onnx")
(folder / "beside").mkdir()
onnx.save_model(
    model,
    folder / "beside" / "model.onnx",
    save_as_external_data=True,
    location="model.onnx.data",
    size_threshold=0,
)
