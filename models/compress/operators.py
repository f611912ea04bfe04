"""The operators without weights that pruning follows, as functions of torch. Each gets its inputs and attributes."""

from collections.abc import Callable

import torch
from torch.nn import functional

from told import Refused

Values = list[torch.Tensor | None]
Attributes = dict[str, object]

TYPES = {1: torch.float32, 2: torch.uint8, 6: torch.int32, 7: torch.int64, 9: torch.bool, 11: torch.float64}


def unary(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Values, Attributes], torch.Tensor]:
    return lambda values, _: function(values[0])


def binary(function: Callable[..., torch.Tensor]) -> Callable[[Values, Attributes], torch.Tensor]:
    return lambda values, _: function(values[0], values[1])


def clip(values: Values, given: Attributes) -> torch.Tensor:
    low = values[1] if len(values) > 1 else given.get("min")
    high = values[2] if len(values) > 2 else given.get("max")
    return torch.clamp(
        values[0], None if low is None else float(low), None if high is None else float(high)
    )


def pads(given: Attributes) -> list[int]:
    if given.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        raise Refused("Pruning follows explicit padding only, not auto_pad.")
    top, left, bottom, right = given.get("pads", [0, 0, 0, 0])
    return [left, right, top, bottom]


def max_pool(values: Values, given: Attributes) -> torch.Tensor:
    padded = functional.pad(values[0], pads(given), value=float("-inf"))
    return functional.max_pool2d(
        padded,
        given["kernel_shape"],
        given.get("strides", [1, 1]),
        dilation=given.get("dilations", [1, 1]),
        ceil_mode=bool(given.get("ceil_mode", 0)),
    )


def average_pool(values: Values, given: Attributes) -> torch.Tensor:
    left, right, top, bottom = pads(given)
    if (left, top) != (right, bottom):
        raise Refused("Pruning follows average pooling with equal padding only.")
    return functional.avg_pool2d(
        values[0],
        given["kernel_shape"],
        given.get("strides", [1, 1]),
        padding=(top, left),
        ceil_mode=bool(given.get("ceil_mode", 0)),
        count_include_pad=bool(given.get("count_include_pad", 0)),
    )


def reduce_mean(values: Values, given: Attributes) -> torch.Tensor:
    axes = values[1].tolist() if len(values) > 1 and values[1] is not None else given.get("axes")
    keep = bool(given.get("keepdims", 1))
    return values[0].mean(keepdim=keep) if axes is None else values[0].mean(axes, keepdim=keep)


def reshape(values: Values, _: Attributes) -> torch.Tensor:
    shape = [values[0].shape[axis] if side == 0 else side for axis, side in enumerate(values[1].tolist())]
    return values[0].reshape(shape)


def flatten(values: Values, given: Attributes) -> torch.Tensor:
    if given.get("axis", 1) != 1:
        raise Refused("Pruning follows Flatten of the first axis only.")
    return torch.flatten(values[0], 1)


def axes_of(values: Values, given: Attributes) -> list[int]:
    return values[1].tolist() if len(values) > 1 and values[1] is not None else given["axes"]


def squeeze(values: Values, given: Attributes) -> torch.Tensor:
    return torch.squeeze(values[0], tuple(axes_of(values, given)))


def unsqueeze(values: Values, given: Attributes) -> torch.Tensor:
    made = values[0]
    for axis in sorted(axes_of(values, given)):
        made = torch.unsqueeze(made, axis)
    return made


def gather(values: Values, given: Attributes) -> torch.Tensor:
    axis = given.get("axis", 0)
    index = values[1]
    made = torch.index_select(values[0], axis, index.reshape(-1))
    return made.reshape([*values[0].shape[:axis], *index.shape, *values[0].shape[axis + 1 :]])


def cast(values: Values, given: Attributes) -> torch.Tensor:
    if given["to"] not in TYPES:
        raise Refused("Pruning does not follow a Cast to this data type.")
    return values[0].to(TYPES[given["to"]])


def pad(values: Values, given: Attributes) -> torch.Tensor:
    sides = values[1].tolist() if len(values) > 1 else given["pads"]
    half = len(sides) // 2
    order = [side for axis in reversed(range(half)) for side in (sides[axis], sides[axis + half])]
    fill = 0.0 if len(values) < 3 or values[2] is None else float(values[2])
    if given.get("mode", b"constant") != b"constant":
        raise Refused("Pruning follows Pad with a constant only.")
    return functional.pad(values[0], order, value=fill)


def constant_axis(function: Callable[..., torch.Tensor]) -> Callable[[Values, Attributes], torch.Tensor]:
    return lambda values, given: function(values[0], dim=given.get("axis", -1))


OPERATORS: dict[str, Callable[[Values, Attributes], torch.Tensor]] = {
    "Identity": unary(lambda x: x),
    "Dropout": unary(lambda x: x),
    "Relu": unary(functional.relu),
    "Sigmoid": unary(torch.sigmoid),
    "Tanh": unary(torch.tanh),
    "HardSwish": unary(functional.hardswish),
    "HardSigmoid": lambda values, given: torch.clamp(
        values[0] * given.get("alpha", 0.2) + given.get("beta", 0.5), 0, 1
    ),
    "LeakyRelu": lambda values, given: functional.leaky_relu(values[0], given.get("alpha", 0.01)),
    "Elu": lambda values, given: functional.elu(values[0], given.get("alpha", 1.0)),
    "Clip": clip,
    "Add": binary(torch.add),
    "Sub": binary(torch.sub),
    "Mul": binary(torch.mul),
    "Div": binary(torch.div),
    "Softmax": constant_axis(torch.softmax),
    "LogSoftmax": constant_axis(torch.log_softmax),
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": unary(lambda x: x.mean([2, 3], keepdim=True)),
    "GlobalMaxPool": unary(lambda x: x.amax([2, 3], keepdim=True)),
    "ReduceMean": reduce_mean,
    "Flatten": flatten,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": lambda values, given: values[0].permute(given["perm"]),
    "Concat": lambda values, given: torch.cat(values, dim=given["axis"]),
    "Shape": lambda values, _: torch.tensor(values[0].shape, dtype=torch.int64),
    "Gather": gather,
    "Cast": cast,
    "Pad": pad,
    # Without weights that are constant.
    "MatMul": binary(torch.matmul),
}
