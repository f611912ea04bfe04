"""Models in which an answer depends on the other rows, though the batch is the first axis of every input and output."""

from .case import Case, f32, ramp

RUNS = [{"x": ramp(2, 3)}, {"x": ramp(1, 3)}, {"x": f32([[3, -1, 0.5], [0, 0, 0], [40, 2, 1]])}]

LESS_MEAN = """g (float[N, 3] x) => (float[N, 3] y) {
  mean = ReduceMean<axes = [0]>(x)
  y = Sub(x, mean)
}"""
TIME_FIRST = """g (float[T, 3] x) => (float[T, 2] y) {
  weights = Constant<value = float[1, 2, 3] {0.5, 0.25, -0.5, 1, -1, 0.125}>()
  recurrent = Constant<value = float[1, 2, 2] {0.5, -0.25, 0.75, 0.5}>()
  one = Constant<value = int64[1] {1}>()
  steps = Unsqueeze(x, one)
  hidden = RNN<hidden_size = 2>(steps, weights, recurrent)
  shape = Constant<value = int64[2] {-1, 2}>()
  y = Reshape(hidden, shape)
}"""
DYNAMIC_QUANTISATION = """g (float[N, 3] x) => (float[N, 2] y) {
  weights = Constant<value = int8[3, 2] {10, -20, 30, 40, -50, 60}>()
  quantised, scale, zero = DynamicQuantizeLinear(x)
  sums = MatMulInteger(quantised, weights, zero)
  whole = Cast<to = 1>(sums)
  y = Mul(whole, scale)
}"""
RUNNING_SUM = """g (float[N, 3] x) => (float[N, 3] y) {
  axis = Constant<value = int64 {0}>()
  y = CumSum(x, axis)
}"""
REVERSED = """g (float[N, 3] x) => (float[N, 3] y) {
  last = Constant<value = int64[1] {-1}>()
  first = Constant<value = int64[1] {-9223372036854775807}>()
  axis = Constant<value = int64[1] {0}>()
  y = Slice(x, last, first, axis, last)
}"""
LARGEST = """g (float[N, 3] x) => (float[N, 3] y) {
  top = ReduceMax<keepdims = 0>(x)
  thousand = Constant<value = float {1000.0}>()
  above = Greater(top, thousand)
  negated = Neg(x)
  y = Where(above, negated, x)
}"""
NOISE = """g (float[N, 3] x) => (float[N, 3] y) {
  noise = RandomNormalLike(x)
  y = Add(x, noise)
}"""


def cases() -> list[Case]:
    softmax = "g (float[N, 3] x) => (float[N, 3] y) { y = Softmax<axis = 0>(x) }"
    rare = [*RUNS, {"x": f32([[1, 2, 3], [2000, 0, 0]])}]
    return [
        Case("less-mean", "x less its mean over all rows", LESS_MEAN, RUNS),
        Case("softmax-rows", "a softmax over the rows", softmax, RUNS),
        Case("time-first", "a recurrent net whose first axis is time", TIME_FIRST, RUNS),
        Case("dynamic-quantised", "the scale of the quantised input comes from the largest value of all rows", DYNAMIC_QUANTISATION, RUNS),
        Case("running-sum", "each row is added to those before it", RUNNING_SUM, RUNS),
        Case("reversed", "the rows in the opposite order", REVERSED, RUNS),
        Case("rarely-dependent", "one row above 1000 changes the sign of all", LARGEST, rare),
        Case("noise", "no two answers are equal", NOISE),
    ]
