"""Networks with seeded random weights: ResNet-18, and an MLP whose time goes into reading its weights."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR = 8


class Graph:
    """Collects nodes; each method returns the name of its output."""

    def __init__(self, seed: int) -> None:
        self.random = numpy.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, **attributes) -> str:
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name, **attributes))
        return name

    def weight(self, *shape: int, scale: float) -> str:
        name = f"weight_{len(self.weights)}"
        values = (self.random.standard_normal(shape) * scale).astype(numpy.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def convolution(self, x: str, inputs: int, outputs: int, kernel: int, stride: int = 1) -> str:
        """With the bias that is left when its batch normalisation is folded into it."""
        weights = self.weight(outputs, inputs, kernel, kernel, scale=(2 / (inputs * kernel**2)) ** 0.5)
        side = kernel // 2
        bias = self.weight(outputs, scale=0.01)
        return self.add("Conv", x, weights, bias, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[side] * 4)

    def dense(self, x: str, inputs: int, outputs: int) -> str:
        weights = self.weight(outputs, inputs, scale=(2 / inputs) ** 0.5)
        return self.add("Gemm", x, weights, self.weight(outputs, scale=0.01), transB=1)

    def model(self, given: list, answer: str, shape: list) -> onnx.ModelProto:
        self.nodes[-1].output[0] = answer
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, given)
        y = helper.make_tensor_value_info(answer, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "g", [x], [y], self.weights)
        model = helper.make_model(graph, ir_version=IR, opset_imports=[helper.make_opsetid("", OPSET)])
        onnx.checker.check_model(model)
        return model


def resnet18() -> onnx.ModelProto:
    """He et al. 2015, as torchvision lays it out: 11.7 million weights, 1.8 billion multiplications a picture."""
    graph = Graph(seed=18)
    x = graph.add("Relu", graph.convolution("x", 3, 64, 7, 2))
    x = graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    inputs = 64
    for stage, outputs in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage > 0 and block == 0 else 1
            x = basic_block(graph, x, inputs, outputs, stride)
            inputs = outputs
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    graph.dense(x, 512, 1000)
    return graph.model(["batch", 3, 224, 224], "logits", ["batch", 1000])


def basic_block(graph: Graph, x: str, inputs: int, outputs: int, stride: int) -> str:
    inner = graph.add("Relu", graph.convolution(x, inputs, outputs, 3, stride))
    inner = graph.convolution(inner, outputs, outputs, 3)
    around = x if inputs == outputs else graph.convolution(x, inputs, outputs, 1, stride)
    return graph.add("Relu", graph.add("Add", inner, around))


def mlp(width: int = 4096, depth: int = 2) -> onnx.ModelProto:
    """At batch 1 it waits for memory: each weight is read once and used once."""
    graph = Graph(seed=4)
    x = "x"
    for _ in range(depth):
        x = graph.add("Relu", graph.dense(x, width, width))
    graph.dense(x, width, 16)
    return graph.model(["batch", width], "y", ["batch", 16])


def sentence_encoder(words: int = 2000, width: int = 64, heads: int = 4) -> onnx.ModelProto:
    """One layer of attention over word numbers, masked, and the mean: three inputs of [batch, seq], as BERT has them."""
    graph = Graph(seed=3)
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"]) for name in ENCODER_INPUTS]
    constants = {
        "apart": numpy.array([0, 0, heads, width // heads]),
        "together": numpy.array([0, 0, width]),
        "one": numpy.array(1, numpy.float32),
        "far": numpy.array(-10000, numpy.float32),
        "scale": numpy.array((width // heads) ** -0.5, numpy.float32),
        "axes_mask": numpy.array([1, 2]),
        "axis_last": numpy.array([2]),
        "axis_seq": numpy.array([1]),
    }
    graph.weights += [numpy_helper.from_array(value, name) for name, value in constants.items()]
    word = graph.add("Gather", graph.weight(words, width, scale=1), "input_ids")
    kind = graph.add("Gather", graph.weight(2, width, scale=0.1), "token_type_ids")
    x = graph.add("Add", word, kind)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    away = graph.add("Unsqueeze", graph.add("Mul", graph.add("Sub", "one", mask), "far"), "axes_mask")
    x = graph.add("Add", x, attention(graph, x, away, width))
    kept = graph.add("Unsqueeze", mask, "axis_last")
    total = graph.add("ReduceSum", graph.add("Mul", x, kept), "axis_seq", keepdims=0)
    count = graph.add("ReduceSum", kept, "axis_seq", keepdims=0)
    graph.add("LpNormalization", graph.add("Div", total, count), axis=1)
    graph.nodes[-1].output[0] = "embedding"
    answer = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", width])
    proto = helper.make_graph(graph.nodes, "g", ids, [answer], graph.weights)
    model = helper.make_model(proto, ir_version=IR, opset_imports=[helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(model)
    return model


ENCODER_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def attention(graph: Graph, x: str, away: str, width: int) -> str:
    def heads(order: list[int]) -> str:
        projected = graph.add("MatMul", x, graph.weight(width, width, scale=width**-0.5))
        return graph.add("Transpose", graph.add("Reshape", projected, "apart"), perm=order)

    scores = graph.add("Mul", graph.add("MatMul", heads([0, 2, 1, 3]), heads([0, 2, 3, 1])), "scale")
    share = graph.add("Softmax", graph.add("Add", scores, away), axis=-1)
    mixed = graph.add("Transpose", graph.add("MatMul", share, heads([0, 2, 1, 3])), perm=[0, 2, 1, 3])
    return graph.add("MatMul", graph.add("Reshape", mixed, "together"), graph.weight(width, width, scale=width**-0.5))
