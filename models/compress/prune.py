"""Structured pruning: whole channels are removed, and what is left is trained again.

onnxruntime has no kernels for sparse weights, so that zeros alone gain nothing; fewer
channels are smaller and faster everywhere. torch-pruning finds which layers share a channel,
and the least important channels by the norm of their weights. Training learns from the labels and from
the answers of the whole model.
"""

import copy

import numpy as np
import onnx
import onnxruntime
import torch
import torch_pruning
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

import onnx_file
import told
from torch_graph import TorchGraph

SEED = 0
BATCH = 64
RATE = 2e-3
# Kernels of onnxruntime are fast for multiples of this many channels.
CHANNELS = 8
# Of the training examples, to choose the best epoch by.
VALIDATION = 0.15
TEMPERATURE = 2.0
TOLERANCE = 1e-3


def compress(task: dict[str, object]) -> dict[str, object]:
    torch.manual_seed(SEED)
    told.step("reading the model")
    model = prepared(onnx_file.read(str(task["model"])))
    whole = TorchGraph(model).eval()
    if len(whole.inputs) != 1:
        raise told.Refused(f"Pruning takes models with one input, not {', '.join(whole.inputs)}.")
    rows = np.load(task["inputs"][0]["file"], mmap_mode="r")
    labels = torch.from_numpy(np.load(str(task["labels"])).astype(np.int64))
    data = Data(rows, labels)
    with torch.no_grad():
        classes = scores(whole(data.example())).shape[1]
    if int(labels.max()) >= classes:
        raise told.Refused(f"A label is {int(labels.max())}, and the model has the classes 0 to {classes - 1}.")
    small = copy.deepcopy(whole)
    before, after = pruned(small, data.example(), float(task["share"]))
    untrained = accuracy(small, data, data.validation)
    trained = train(small, whole, data, int(task["epochs"]))
    made = small.write_back()
    check(made, small, data.example())
    onnx_file.write(made, str(task["target"]))
    return {
        "facts": {
            "share": float(task["share"]),
            "multiplicationsARow": int(after[0]),
            "multiplicationsARowBefore": int(before[0]),
            "parameters": int(after[1]),
            "parametersBefore": int(before[1]),
            "trainingExamples": len(data.training),
            "epochs": int(task["epochs"]),
            "validationAccuracyBeforeTraining": round(untrained, 4),
            "validationAccuracy": round(trained, 4),
        }
    }


class Data:
    """The examples, and which of them train and which choose the epoch."""

    def __init__(self, rows: np.ndarray, labels: torch.Tensor) -> None:
        self.rows, self.labels = rows, labels
        order = np.random.default_rng(SEED).permutation(len(rows))
        kept = max(1, round(len(rows) * VALIDATION))
        self.validation, self.training = order[:kept], order[kept:]

    def batch(self, indexes: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(np.array(self.rows[np.sort(indexes)])), self.labels[np.sort(indexes)]

    def example(self) -> torch.Tensor:
        return torch.from_numpy(np.array(self.rows[:2]))


def prepared(model: onnx.ModelProto) -> onnx.ModelProto:
    """Constants as initializers, and dropout gone."""
    onnx_file.without_weights_in_inputs(model)
    made = []
    for node in list(model.graph.node):
        value = next((one.t for one in node.attribute if one.name == "value"), None)
        if node.op_type == "Constant" and value is not None:
            made.append(numpy_helper.from_array(numpy_helper.to_array(value), node.output[0]))
            model.graph.node.remove(node)
    model.graph.initializer.extend(made)
    return model


def pruned(net: TorchGraph, example: torch.Tensor, share: float) -> tuple[tuple, tuple]:
    """Removes channels from `net`; multiplications a row and parameters before and after."""
    one = example[:1]
    try:
        before = torch_pruning.utils.count_ops_and_params(net, one)
        pruner = torch_pruning.pruner.MetaPruner(
            net,
            one,
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
            pruning_ratio=share,
            pruning_ratio_dict=ratios(net, share),
            ignored_layers=net.last_layers(),
        )
        pruner.step()
        net(example)
        after = torch_pruning.utils.count_ops_and_params(net, one)
    except told.Refused:
        raise
    except (RuntimeError, ValueError, KeyError, IndexError) as error:
        raise told.Refused(f"The channels of this model cannot be told apart: {error}") from error
    if after[1] >= before[1]:
        raise told.Refused(f"Nothing can be removed at a share of {share}: no layer has channels to spare.")
    return before, after


def ratios(net: TorchGraph, share: float) -> dict[nn.Module, float]:
    """For each layer the share that leaves it a multiple of CHANNELS, or one at least."""
    found = {}
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            count = layer.weight.shape[0]
            kept = max(1, round(count * (1 - share)))
            if kept >= CHANNELS:
                kept = min(count, -(-kept // CHANNELS) * CHANNELS)
            # Half a channel more, so that no rounding of floats takes one away.
            found[layer] = max(0.0, 1 - (kept + 0.5) / count)
    return found


def train(net: TorchGraph, teacher: TorchGraph, data: Data, epochs: int) -> float:
    """Leaves the weights of the best epoch in `net`; its accuracy on the validation examples."""
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE)
    steps = epochs * -(-len(data.training) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=RATE, total_steps=max(1, steps))
    random = np.random.default_rng(SEED)
    best, kept = accuracy(net, data, data.validation), copy.deepcopy(net.state_dict())
    for epoch in range(epochs):
        told.step("training", epoch, epochs)
        net.train()
        for indexes in batches(random.permutation(data.training)):
            rows, labels = data.batch(indexes)
            with torch.no_grad():
                wanted = scores(teacher(rows))
            given = scores(net(rows))
            optimiser.zero_grad()
            loss(given, wanted, labels).backward()
            optimiser.step()
            schedule.step()
        reached = accuracy(net, data, data.validation)
        if reached >= best:
            best, kept = reached, copy.deepcopy(net.state_dict())
    net.load_state_dict(kept)
    net.eval()
    return best


def batches(indexes: np.ndarray) -> list[np.ndarray]:
    """Without a last one of a single row, of which nothing can be normalised."""
    made = [indexes[at : at + BATCH] for at in range(0, len(indexes), BATCH)]
    return made[:-1] if len(made) > 1 and len(made[-1]) == 1 else made


def scores(output: torch.Tensor) -> torch.Tensor:
    """Logits; of a graph that ends in a softmax, their logarithms, which differ by a constant."""
    flat = output.reshape(len(output), -1)
    probable = bool((flat >= 0).all()) and bool(torch.allclose(flat.sum(1), torch.ones(len(flat)), atol=1e-3))
    return torch.log(flat.clamp_min(1e-9)) if probable else flat


def loss(given: torch.Tensor, wanted: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Half by the labels, half by what the whole model says."""
    taught = functional.kl_div(
        functional.log_softmax(given / TEMPERATURE, 1),
        functional.softmax(wanted / TEMPERATURE, 1),
        reduction="batchmean",
    )
    return functional.cross_entropy(given, labels) + TEMPERATURE**2 * taught


def accuracy(net: nn.Module, data: Data, indexes: np.ndarray) -> float:
    net.eval()
    hits = 0
    with torch.no_grad():
        for some in batches(np.sort(indexes)):
            rows, labels = data.batch(some)
            hits += int((scores(net(rows)).argmax(1) == labels).sum())
    return hits / max(1, len(indexes))


def check(model: onnx.ModelProto, net: TorchGraph, example: torch.Tensor) -> None:
    """That the ONNX file answers as the module does."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for row in example:
        given = session.run([net.outputs[0]], {net.inputs[0]: row[None].numpy()})[0]
        with torch.no_grad():
            expected = net(row[None]).numpy()
        if not np.allclose(given, expected, rtol=TOLERANCE, atol=TOLERANCE * max(1, np.abs(expected).max())):
            raise told.Refused("The pruned file does not answer as the pruned net does: this graph is not followed.")
