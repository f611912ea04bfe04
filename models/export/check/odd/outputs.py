"""Outputs that are no tensors, runs that fail for their input, and answers that JSON cannot hold."""

import numpy

from .case import Case, f32, i64, ramp

CLASSIFIER = "scores = Softmax<axis = 1>(x)  label = ArgMax<axis = 1, keepdims = 0>(x)"
ZIP_MAP = f"""g (float[N, 3] x) => (int64[N] label, seq(map(int64, float)) probability) {{
  {CLASSIFIER}
  probability = ai.onnx.ml.ZipMap<classlabels_int64s = [0, 1, 2]>(scores)
}}"""
WITHOUT_ZIP_MAP = f"g (float[N, 3] x) => (int64[N] label, float[N, 3] scores) {{ {CLASSIFIER} }}"
PARTS = "g (float[N, 3] x) => (seq(float[N, 1]) parts) { parts = SplitToSequence<axis = 1>(x) }"
JOINED = "g (seq(float[N]) parts) => (float[M] y) { y = ConcatFromSequence<axis = 0>(parts) }"
OPTIONAL = "g (optional(float[N]) maybe) => (float[N] y) { y = OptionalGetElement(maybe) }"
TABLE = """g (int64[N] index) => (float[N, 2] row) {
  table = Constant<value = float[4, 2] {0, 1, 2, 3, 4, 5, 6, 7}>()
  row = Gather(table, index)
}"""
QUOTIENT = """g (int64[N] x) => (int64[N] y) {
  hundred = Constant<value = int64 {100}>()
  y = Div(hundred, x)
}"""
RECIPROCAL = "g (float[N, 3] x) => (float[N, 3] y) { y = Reciprocal(x) }"
FOURS = """g (float[M] x) => (float[K, 4] y) {
  shape = Constant<value = int64[2] {-1, 4}>()
  y = Reshape(x, shape)
}"""
ALL_NAN = """g (float[N, 3] x) => (float[N, 3] scores) {
  zero = Sub(x, x)
  nan = Div(zero, zero)
  scores = Softmax<axis = 1>(nan)
}"""


def no_tensors() -> list[Case]:
    rows = [{"x": ramp(2, 3)}, {"x": ramp(1, 3)}]
    return [
        Case("zip-map", "a label, and a map of probabilities for each row, as converters of scikit-learn write", ZIP_MAP, rows),
        Case("without-zip-map", "the same with probabilities as a tensor", WITHOUT_ZIP_MAP, rows),
        Case("sequence-output", "the only output is a sequence", PARTS),
        Case("sequence-input", "the only input is a sequence", JOINED),
        Case("optional-input", "the only input may be absent", OPTIONAL),
    ]


def failures() -> list[Case]:
    unequal = [{"a": ramp(1, 3), "b": ramp(1, 3)}, {"a": ramp(1, 3), "b": ramp(1, 2)}]
    sums = "g (float[N, A] a, float[N, B] b) => (float[N, C] y) { y = Add(a, b) }"
    zeros = "g (int64[N] shape) => (float[?, ?] y) { y = ConstantOfShape(shape) }"
    places = [i64([0, 3]), i64([4]), i64([0, 9]), i64([-1])]
    divisors = [i64([1, 7, -1]), i64([5, 0])]
    return [
        Case("gather", "rows of a table: fails beyond its end", TABLE, [{"index": index} for index in places]),
        Case("integer-division", "100 divided by each number: fails for 0", QUOTIENT, [{"x": x} for x in divisors]),
        Case("reshape", "a length that must be a multiple of 4", FOURS, [{"x": ramp(8)}, {"x": ramp(3)}]),
        Case("two-lengths", "two inputs that must agree, though nothing says so", sums, unequal),
        Case("allocation", "zeros of any shape: fails for what no memory holds", zeros, [{"shape": i64([2, 2])}, {"shape": i64([2**40, 2**10])}]),
    ]


def not_numbers() -> list[Case]:
    square_root = "g (float[N, 3] x) => (float[N, 3] y) { y = Sqrt(x) }"
    roots = [{"x": f32([[4, -1, 9]])}, {"x": f32([[-1, -2, -3]])}]
    odd = [{"x": f32([[numpy.nan, numpy.inf, -numpy.inf]])}, {"x": f32([[0, 1, 2]])}]
    return [
        Case("not-a-number", "square roots: NaN below 0", square_root, roots),
        Case("infinity", "1 divided by each number: Infinity for 0", RECIPROCAL, odd),
        Case("all-nan", "a classifier whose scores are all NaN", ALL_NAN, [{"x": ramp(1, 3)}]),
    ]


def cases() -> list[Case]:
    return [*no_tensors(), *failures(), *not_numbers()]
