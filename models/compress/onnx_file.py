"""The ONNX files: read with the weights that lie beside them, written with all inside where that fits."""

from pathlib import Path

import onnx

from told import Refused

# A message of protocol buffers has less than 2 GiB.
INSIDE_BYTES = 1_500_000_000
QUANTISED = {
    "QuantizeLinear",
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "ConvInteger",
    "MatMulInteger",
    "QLinearConv",
    "QLinearMatMul",
    "MatMulNBits",
    "DynamicQuantizeMatMul",
    "QGemm",
}


def read(path: str) -> onnx.ModelProto:
    """All of it, in memory. Refuses what is quantised already."""
    model = onnx.load(path)
    there = sorted({node.op_type for node in model.graph.node} & QUANTISED)
    if there:
        raise Refused(
            f"The version is quantised already ({', '.join(there)}): take the one that it was made from, with --from."
        )
    return model


def write(model: onnx.ModelProto, path: str) -> None:
    """Weights go into a file beside it only where they have to."""
    drop_unused_domains(model)
    outside = model.ByteSize() >= INSIDE_BYTES
    if not outside:
        onnx.checker.check_model(model)
    data = Path(path).name + ".data"
    onnx.save_model(model, path, save_as_external_data=outside, location=data if outside else None)


def drop_unused_domains(model: onnx.ModelProto) -> None:
    """onnxruntime declares all operator sets that it knows; other programs refuse those that they do not."""
    if any(one.HasField("g") or one.graphs for node in model.graph.node for one in node.attribute):
        return
    used = {"", *(node.domain for node in model.graph.node), *(one.domain for one in model.functions)}
    kept = [one for one in model.opset_import if one.domain in used or one.domain == "ai.onnx"]
    del model.opset_import[:]
    model.opset_import.extend(kept)


def without_weights_in_inputs(model: onnx.ModelProto) -> None:
    """Old exporters list weights among the inputs, where nothing may fold or change them."""
    names = {tensor.name for tensor in model.graph.initializer}
    kept = [value for value in model.graph.input if value.name not in names]
    del model.graph.input[:]
    model.graph.input.extend(kept)
