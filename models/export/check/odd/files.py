"""What is odd about the file: its version, its operators, where its weights are."""

from .case import Case, ramp

SAME = "g (float[N, 3] x) => (float[N, 3] y) { y = Identity(x) }"
UNKNOWN = "g (float[N, 3] x) => (float[N, 3] y) { y = Sing(x) }"
TOKENIZER = "g (string[N] x) => (float[N, 3] y) { y = my.own.Tokenizer(x) }"
SOFTMAX = "g (float[N, 3] x) => (float[N, 3] y) { y = Softmax(x) }"
LINEAR = """g (float[N, 3] x) => (float[N, 2] y) <float[3, 2] weights = {1, 2, 3, 4, 5, 6}> {
  y = MatMul(x, weights)
}"""
# Two declared columns where there are three.
MISDECLARED = "g (float[N, 3] x) => (float[N, 2] y) { y = Identity(x) }"


def head(opset: int, ir: int = 8, more: str = "") -> str:
    return f'<ir_version: {ir}, opset_import: ["": {opset}{more}]>'


def cases() -> list[Case]:
    rows = [{"x": ramp(2, 3)}, {"x": ramp(1, 3)}]
    return [
        Case("external-data", "weights in model.onnx.data, as today's exporters write them", LINEAR, rows, beside=True),
        Case("opset-old", "opset 7, of 2018", SOFTMAX, rows, head(7, ir=3)),
        Case("opset-too-new", "an opset that no onnxruntime knows", SAME, head=head(99)),
        Case("ir-too-new", "a version of the file format that no onnxruntime knows", SAME, head=head(17, ir=99)),
        Case("unknown-operator", "an operator that does not exist", UNKNOWN),
        Case("unknown-domain", "an operator of a library that is not loaded", TOKENIZER, head=head(17, more=', "my.own": 1')),
        Case("misdeclared", "declares two columns and answers three", MISDECLARED, rows),
    ]
