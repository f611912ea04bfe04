"""Where the batch is, whether there is one, and which lengths may differ."""

import numpy

from .case import Case, f32, i64, ramp

SCALAR_INPUT = """g (float[N, 3] x, int64 rate) => (float[N, 3] y) {
  r = Cast<to = 1>(rate)
  y = Mul(x, r)
}"""
EMPTY_OUTPUT = """g (float[N, 3] x) => (int64[2, M] places) {
  two = Constant<value = float {2.0}>()
  above = Greater(x, two)
  places = NonZero(above)
}"""
SEVERAL = """g (float[N, 3] a, int64[N, 2] b) => (float[N, 3] twice, int64[N, 2] next, float[N, 1] sum) {
  twice = Add(a, a)
  one = Constant<value = int64 {1}>()
  next = Add(b, one)
  axes = Constant<value = int64[1] {1}>()
  sum = ReduceSum(a, axes)
}"""
MASKED_MEAN = """g (int64[batch, seq] input_ids, int64[batch, seq] attention_mask) => (float[batch, 1] mean) {
  axes = Constant<value = int64[1] {1}>()
  kept = Mul(input_ids, attention_mask)
  total = ReduceSum(kept, axes)
  count = ReduceSum(attention_mask, axes)
  t = Cast<to = 1>(total)
  c = Cast<to = 1>(count)
  mean = Div(t, c)
}"""
STATE = """g (float[2, batch, 4] state, float[batch, 4] x) => (float[batch, 4] y, float[2, batch, 4] next) {
  axes = Constant<value = int64[1] {0}>()
  both = ReduceSum<keepdims = 0>(state, axes)
  y = Add(x, both)
  next = Add(state, x)
}"""
DIAGONAL = """g (float[3, 3] matrix) => (float[3] diagonal) {
  places = Constant<value = int64[3, 2] {0, 0, 1, 1, 2, 2}>()
  diagonal = GatherND(matrix, places)
}"""
PICTURE = """g (float[batch, 3, height, width] x) => (float[batch, 3] mean) {
  mean = ReduceMean<axes = [2, 3], keepdims = 0>(x)
}"""
OVER_ALL_ROWS = """g (float[batch, 3] x) => (float[batch, 3] y, int64[2] shape, float[3] top) {
  y = Neg(x)
  shape = Shape(x)
  top = ReduceMax<axes = [0], keepdims = 0>(x)
}"""
CHOSEN = """g (float[batch, 2] x) => (float[rows, 2] y) {
  axes = Constant<value = int64[1] {1}>()
  sum = ReduceSum<keepdims = 0>(x, axes)
  kept = Cast<to = 9>(sum)
  y = Compress<axis = 0>(x, kept)
}"""
SAME_WORD = """g (string[N] text, string[1] word) => (bool[N] same) { same = Equal(text, word) }"""

# The first in which text can be compared.
OPSET_19 = '<ir_version: 9, opset_import: ["": 19]>'


def twice(shape: str) -> str:
    return f"g (float[{shape}] x) => (float[{shape}] y) {{ y = Add(x, x) }}"


def words(*texts: str) -> numpy.ndarray:
    return numpy.array(texts, object)


def scalars() -> list[Case]:
    one = numpy.array(1.5, numpy.float32)
    rates = [{"x": ramp(2, 3), "rate": numpy.array(16)}, {"x": ramp(1, 3), "rate": numpy.array(8)}]
    total = "g (float[N, 3] x) => (float y) { y = ReduceSum<keepdims = 0>(x) }"
    return [
        Case("scalar-input", "a scalar beside rows, as the sampling rate of a speech model", SCALAR_INPUT, rates),
        Case("scalar-output", "the sum of all rows, without dimensions", total, [{"x": ramp(2, 3)}, {"x": ramp(1, 3)}]),
        Case("scalars", "a scalar to a scalar", "g (float x) => (float y) { y = Neg(x) }", [{"x": one}]),
        Case("no-inputs", "a model that is asked nothing", "g () => (float[2] y) { y = Constant<value = float[2] {1.5, 2.5}>() }", [{}]),
    ]


def lengths() -> list[Case]:
    pairs = [{"x": ramp(2, 3)}, {"x": ramp(1, 5)}]
    empty = [{"x": numpy.zeros((1, 0), numpy.float32)}, {"x": ramp(2, 3)}]
    found = [{"x": f32([[0, 1, 2]])}, {"x": f32([[1, 2, 3]])}, {"x": f32([[1, 2, 3], [4, 5, 6]])}]
    tokens = [
        {"input_ids": ramp(2, 4, kind=numpy.int64), "attention_mask": i64([[1, 1, 0, 0], [1, 1, 1, 1]])},
        {"input_ids": ramp(1, 7, kind=numpy.int64), "attention_mask": i64([[1] * 7])},
    ]
    ranks = [{"x": numpy.array(1.5, numpy.float32)}, {"x": ramp(4)}, {"x": ramp(2, 1, 2)}]
    return [
        Case("empty-output", "the places of what is above 2: often none", EMPTY_OUTPUT, found),
        Case("empty-input", "a length that may be 0", twice("N, M"), empty),
        Case("dynamic-axes", "batch and length may both differ: a mean over what a mask keeps", MASKED_MEAN, tokens),
        Case("unnamed-axes", "dimensions with neither name nor number", twice("?, ?"), pairs),
        Case("unknown-rank", "a tensor whose number of dimensions is not declared", "g (float[] x) => (float[] y) { y = Neg(x) }", ranks),
        Case("one-axis", "a sound of any length and no batch", twice("samples"), [{"x": ramp(5)}, {"x": ramp(1)}]),
        Case("picture", "all but the channels may differ", PICTURE, [{"x": ramp(2, 3, 2, 4)}, {"x": ramp(1, 3, 5, 3)}]),
        Case("words", "text of any count, compared with one word", SAME_WORD, [{"text": words("a", "bc"), "word": words("bc")}], OPSET_19),
    ]


def batches() -> list[Case]:
    rows = [{"x": ramp(2, 3)}, {"x": ramp(1, 3)}]
    several = [
        {"a": ramp(2, 3), "b": ramp(2, 2, kind=numpy.int64)},
        {"a": ramp(1, 3), "b": ramp(1, 2, kind=numpy.int64, start=2**53)},
    ]
    states = [{"state": ramp(2, 2, 4), "x": ramp(2, 4)}, {"state": ramp(2, 1, 4), "x": ramp(1, 4)}]
    flatten = "g (float[batch, 2, 3] x) => (float[batch, 6] y) { y = Flatten(x) }"
    doubled = "g (float[batch, 3] x) => (float[rows, 3] y) { y = Concat<axis = 0>(x, x) }"
    return [
        Case("several", "two inputs of other types and lengths, three outputs", SEVERAL, several),
        Case("state", "the batch is the second axis of a state", STATE, states),
        Case("fixed-batch-1", "a batch of exactly 1", twice("1, 3"), [{"x": ramp(1, 3)}]),
        Case("fixed-batch-4", "a batch of exactly 4", twice("4, 3"), [{"x": ramp(4, 3)}]),
        Case("no-batch", "a matrix, and an answer of one dimension", DIAGONAL, [{"matrix": ramp(3, 3)}]),
        Case("other-rank", "an output with fewer dimensions", flatten, [{"x": ramp(2, 2, 3)}, {"x": ramp(1, 2, 3)}]),
        Case("output-without-batch", "outputs that belong to all rows together", OVER_ALL_ROWS, rows),
        Case("rows-multiplied", "two rows of the answer for each row asked", doubled, rows),
        Case("rows-chosen", "only the rows whose sum is not 0", CHOSEN, [{"x": f32([[0, 0], [1, 2]])}, {"x": f32([[1, 2]])}]),
    ]


def cases() -> list[Case]:
    return [*scalars(), *lengths(), *batches()]
