"""The references: what the tests of the server compare its answers with.

`photographs` describes each photograph as PIL and onnxruntime see it;
`resample_digests` describes PIL's resize and crop alone, on pixels from a
formula that a test in any language can repeat.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}
RESIZE = 256
CROP = 224
MULTIPLIER = 2654435761
TOP = 5


def preprocess(image: Image.Image, filter: str, resize: int, crop: int) -> np.ndarray:
    """Short side to `resize`, long side in proportion (half to even), centre crop.

    The crop's offset is rounded down. Returns uint8 pixels in rows, RGB.
    """
    width, height = image.size
    short, long = min(width, height), max(width, height)
    scaled = round(long * resize / short)
    size = (resize, scaled) if width <= height else (scaled, resize)
    left, top = (size[0] - crop) // 2, (size[1] - crop) // 2
    resized = image.convert("RGB").resize(size, FILTERS[filter])
    return np.asarray(resized.crop((left, top, left + crop, top + crop)))


def digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def probabilities(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def session(model: Path) -> onnxruntime.InferenceSession:
    """A session of one thread, as the server's are."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def best(logits: np.ndarray, labels: list[str]) -> list[dict[str, object]]:
    """The likeliest classes, as the server answers them."""
    chances = probabilities(logits)
    return [
        {"class_id": int(key), "label": labels[key], "probability": round(float(chances[key]), 6)}
        for key in np.argsort(-chances, kind="stable")[:TOP]
    ]


def photographs(folder: Path, versions: dict[str, Path], labels: list[str]) -> dict[str, object]:
    """For each photograph: its size, the digest of its input, the best classes."""
    sessions = {version: session(model) for version, model in versions.items()}
    described = {}
    for path in sorted(folder.glob("*.jpg")) + sorted(folder.glob("*.png")):
        with Image.open(path) as image:
            pixels = preprocess(image, "bicubic", RESIZE, CROP)
            described[path.name] = {
                "width": image.width,
                "height": image.height,
                "inputSha256": digest(pixels),
                "top5": {
                    version: best(each.run(None, {"image": pixels[None]})[0][0], labels)
                    for version, each in sessions.items()
                },
            }
    return {
        "preprocess": {"resize": RESIZE, "crop": CROP, "filter": "bicubic"},
        "photographs": described,
    }


def noise(width: int, height: int, seed: int) -> np.ndarray:
    """Byte i of the row-major RGB data: Math.imul(i + seed, 2654435761) >>> 24."""
    index = np.arange(width * height * 3, dtype=np.uint64) + np.uint64(seed)
    product = (index * np.uint64(MULTIPLIER)) & np.uint64(0xFFFFFFFF)
    return (product >> np.uint64(24)).astype(np.uint8).reshape(height, width, 3)


def gradient(width: int, height: int, seed: int) -> np.ndarray:
    """Red x * 255 / max(width - 1, 1), green the same of y, both rounded down;
    blue (x + y + seed) & 255."""
    y, x = np.mgrid[0:height, 0:width]
    red = x * 255 // max(width - 1, 1)
    green = y * 255 // max(height - 1, 1)
    return np.stack([red, green, (x + y + seed) & 255], axis=-1).astype(np.uint8)


PATTERNS = {"noise": noise, "gradient": gradient}

USUAL = [(RESIZE, CROP, "bicubic"), (RESIZE, CROP, "bilinear")]
OTHERS = [(232, 224, "bicubic"), (40, 32, "bilinear"), (40, 32, "bicubic"), (224, 224, "bilinear")]
SIZES = [
    (1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (1, 7), (7, 1), (5, 5), (13, 9), (16, 16), (31, 33),
    (64, 48), (99, 101), (127, 128), (223, 225), (224, 224), (255, 257), (256, 256), (256, 300),
    (257, 255), (300, 256), (300, 451), (320, 240), (333, 500), (375, 500), (451, 300), (480, 360),
    (500, 333), (500, 375), (511, 513), (512, 512), (512, 513), (515, 512), (513, 767), (600, 400),
    (640, 427), (640, 480), (741, 500), (800, 600), (999, 1001), (1024, 683), (1280, 720),
    (1411, 1411), (1500, 1000), (1000, 1500), (1499, 257), (257, 1499), (1500, 9), (9, 1500),
    (700, 3), (3, 700), (640, 1), (1, 640),
]  # fmt: skip


def resample_digests() -> dict[str, object]:
    """The digest of PIL's output for many sizes."""
    cases = []
    for number, (width, height) in enumerate(SIZES):
        for resize, crop, filter in [*USUAL, OTHERS[number % len(OTHERS)]]:
            pattern = "gradient" if len(cases) % 4 == 3 else "noise"
            pixels = PATTERNS[pattern](width, height, len(cases))
            made = preprocess(Image.fromarray(pixels), filter, resize, crop)
            cases.append(
                {
                    "width": width,
                    "height": height,
                    "pattern": pattern,
                    "seed": len(cases),
                    "resize": resize,
                    "crop": crop,
                    "filter": filter,
                    "sha256": digest(made),
                }
            )
    return {
        "patterns": {
            "noise": "byte i of the RGB data (rows, no padding) = "
            "Math.imul(i + seed, 2654435761) >>> 24",
            "gradient": "red = floor(x * 255 / max(width - 1, 1)); "
            "green = floor(y * 255 / max(height - 1, 1)); blue = (x + y + seed) & 255",
        },
        "cases": cases,
    }


def write(content: dict[str, object], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
