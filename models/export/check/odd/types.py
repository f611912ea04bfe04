"""y = x for each type of a tensor."""

import numpy

from .case import HEAD, Case, f32

INTEGERS = (numpy.int8, numpy.int16, numpy.int32, numpy.int64, numpy.uint8, numpy.uint16, numpy.uint32, numpy.uint64)
FLOATS = {"float16": numpy.float16, "float": numpy.float32, "double": numpy.float64}
WORDS = [["", "ortolan", "Gartenammer: ü, 鳥, 🐦"], ["a\tb", '"', "x" * 300]]
NEW = '<ir_version: 10, opset_import: ["": 21]>'


def identity(kind: str) -> str:
    return f"g ({kind}[N, 3] x) => ({kind}[N, 3] y) {{ y = Identity(x) }}"


def integers() -> list[Case]:
    cases = []
    for kind in INTEGERS:
        info = numpy.iinfo(kind)
        edges = numpy.array([[info.min, 0, info.max], [1, 2, 3]], kind)
        about = f"y = x, {kind.__name__}: the ends of its range come back exactly"
        cases.append(Case(f"identity-{kind.__name__}", about, identity(kind.__name__), [{"x": edges}, {"x": edges[:1]}]))
    return cases


def floats() -> list[Case]:
    cases = []
    for name, kind in FLOATS.items():
        info = numpy.finfo(kind)
        edges = numpy.array([[info.min, -0.0, info.max], [info.smallest_subnormal, 0.5, 3]], kind)
        about = f"y = x, {kind.__name__}: the ends of its range, and the number nearest to 0"
        cases.append(Case(f"identity-{kind.__name__}", about, identity(name), [{"x": edges}, {"x": edges[1:]}]))
    return cases


def others() -> list[Case]:
    truth = numpy.array([[True, False, True], [False, False, True]])
    words = numpy.array(WORDS, object)
    inside = "g (float[N, 3] x) => (float[N, 3] y) { h = Cast<to = 16>(x) y = Cast<to = 1>(h) }"
    return [
        Case("identity-bool", "y = x, BOOL", identity("bool"), [{"x": truth}, {"x": truth[:1]}]),
        Case("identity-string", "y = x, BYTES: empty, long, not ASCII", identity("string"), [{"x": words}, {"x": words[:1]}]),
        Case("identity-bfloat16", "y = x, BF16", identity("bfloat16")),
        Case("identity-float8", "y = x, a float of 8 bits", identity("float8e4m3fn"), head=NEW),
        Case("identity-int4", "y = x, an integer of 4 bits", identity("int4"), head=NEW),
        Case("identity-complex64", "y = x, complex numbers", identity("complex64")),
        Case("bfloat16-inside", "FP32 outside, BF16 inside: 8 bits of mantissa", inside, [{"x": f32([[1.001, 2, 3]])}]),
        Case("casts", "one input to an output of each other kind", CASTS, [{"x": f32([[0, 1, 2.5]])}], HEAD),
    ]


CASTS = """g (float[N, 3] x) => (float16[N, 3] half, int64[N, 3] whole, bool[N, 3] truth, string[N, 3] text) {
  half = Cast<to = 10>(x)
  whole = Cast<to = 7>(x)
  truth = Cast<to = 9>(x)
  text = Cast<to = 8>(x)
}"""


def cases() -> list[Case]:
    return [*integers(), *floats(), *others()]
