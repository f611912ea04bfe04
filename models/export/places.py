"""The places: where the program reads and writes inside the repository."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = REPOSITORY / "models" / "efficientnet-lite0"
FP32 = MODEL / "1" / "model.onnx"
INT8 = MODEL / "2" / "model.onnx"
FIXTURES = REPOSITORY / "test" / "fixtures"
PHOTOS = FIXTURES / "photos"
