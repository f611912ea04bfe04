"""The model of this folder under LiteRT, from a photograph or rows to what Ortolan answers.

    python classify.py photo.jpg [photo.png ...]   the classes of each, as a line of JSON
    python classify.py body.json                   for a model that takes rows: {"inputs": {"x": [[1, 2]]}}
"""

import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image, ImageOps

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


class Model:
    def __init__(self, folder: Path = Path(__file__).parent, threads: int = 1) -> None:
        self.bundle = json.loads((folder / "bundle.json").read_text())
        names = self.bundle.get("labels")
        self.labels = json.loads((folder / names).read_text()) if names else None
        self.interpreter = Interpreter(str(folder / "model.tflite"), num_threads=threads)
        self.interpreter.allocate_tensors()
        self.inputs = self.interpreter.get_input_details()
        self.output = self.interpreter.get_output_details()[0]

    def row_of(self, file: Path) -> np.ndarray:
        """A photograph as the model's input: the short side scaled, the middle cut out, as Pillow does it."""
        how = self.bundle["preprocess"]
        resize, crop = how["resize"], how["crop"]
        image = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        short = min(image.size)
        width, height = (resize if side == short else round(side * resize / short) for side in image.size)
        left, top = (width - crop) // 2, (height - crop) // 2
        pixels = np.asarray(image.resize((width, height), FILTERS[how["filter"]]))[top : top + crop, left : left + crop]
        detail = self.inputs[0]
        if detail["dtype"] != np.uint8:
            mean, std = (np.float32(how.get(name, default)) for name, default in (("mean", [0] * 3), ("std", [1] * 3)))
            pixels = (pixels.astype(np.float32) / np.float32(255) - mean) / std
        if tuple(detail["shape"][1:]) == (3, crop, crop):
            pixels = pixels.transpose(2, 0, 1)
        return np.ascontiguousarray(pixels[None], dtype=detail["dtype"])

    def rows_of(self, file: Path) -> list[np.ndarray]:
        """The inputs of a JSON body, in the order of the model's."""
        lists = json.loads(file.read_text())["inputs"]
        wanted = {detail["name"].split(":")[0].removeprefix("serving_default_"): detail for detail in self.inputs}
        return [np.asarray(lists[name], dtype=detail["dtype"]) for name, detail in wanted.items()]

    def run(self, *rows: np.ndarray) -> np.ndarray:
        """The first output."""
        for detail, row in zip(self.inputs, rows, strict=True):
            self.interpreter.set_tensor(detail["index"], row)
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output["index"])

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        if not self.bundle["softmax"]:
            return scores
        powers = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def classes(self, scores: np.ndarray, top_k: int = 5) -> list[dict]:
        shares = self.probabilities(scores)
        best = np.argsort(-scores, kind="stable")[:top_k]
        label = (lambda i: {"label": self.labels[i]}) if self.labels else (lambda i: {})
        return [{"class_id": int(i), **label(i), "probability": float(shares[i])} for i in best]


def main() -> None:
    model = Model()
    for file in map(Path, sys.argv[1:]):
        if "preprocess" in model.bundle:
            answer = {"predictions": model.classes(model.run(model.row_of(file))[0])}
        elif model.bundle["classifies"]:
            answer = {"results": [{"predictions": model.classes(row)} for row in model.run(*model.rows_of(file))]}
        else:
            answer = {"output": model.run(*model.rows_of(file)).tolist()}
        print(json.dumps({"file": str(file), **answer}))


if __name__ == "__main__":
    main()
