"""Whether answers are those of onnxruntime: exactly, or but for the rounding of floats."""

import math

import numpy

from protocols import Answers

# Of the largest number of an output. Batches of other sizes, and a graph that was optimised before, round differently.
ROUNDING = 1e-4


class Differs(Exception):
    """What is different, for a person."""


def compare(expected: Answers, found: Answers) -> float:
    """The largest difference as a share of the largest number: 0 if all is equal. Raises Differs beyond rounding."""
    if set(expected) != set(found):
        raise Differs(f"outputs {', '.join(found)} instead of {', '.join(expected)}")
    return max((difference(name, array, found[name]) for name, array in expected.items()), default=0.0)


def difference(name: str, expected: numpy.ndarray, found: numpy.ndarray) -> float:
    if expected.shape != found.shape:
        raise Differs(f"{name} is {list(found.shape)} instead of {list(expected.shape)}")
    if expected.dtype.kind in "fc":
        return rounding(name, expected.astype(numpy.float64), as_floats(found))
    if expected.astype(str).tolist() != found.astype(str).tolist():
        raise Differs(f"{name} has other elements")
    return 0.0


def as_floats(found: numpy.ndarray) -> numpy.ndarray:
    """Of JSON, too, where null would be a number that JSON does not have."""
    return numpy.array([math.nan if value is None else value for value in found.ravel()], numpy.float64).reshape(found.shape)


def rounding(name: str, expected: numpy.ndarray, found: numpy.ndarray) -> float:
    finite = numpy.isfinite(expected)
    if not numpy.array_equal(finite, numpy.isfinite(found)) or not numpy.array_equal(
        expected[~finite], found[~finite], equal_nan=True
    ):
        raise Differs(f"{name} has other places that are not finite")
    if not finite.any():
        return 0.0
    with numpy.errstate(over="ignore"):
        largest = float(numpy.abs(expected[finite] / 2 - found[finite] / 2).max()) * 2
    scale = float(numpy.abs(expected[finite]).max())
    share = largest / scale if scale > 0 else largest
    if not share <= ROUNDING:
        raise Differs(f"{name} differs by {share:.1e} of its largest number")
    return share
