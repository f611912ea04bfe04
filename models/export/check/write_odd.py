"""Writes test/fixtures/odd-models.json: the small models with what onnxruntime answers to a few inputs."""

import base64
import json
import re
import tempfile
from pathlib import Path

import numpy
import onnxruntime

from odd import all_cases
from odd.case import Case, Feeds
from tensors import described

FIXTURE = Path(__file__).parents[3] / "test/fixtures/odd-models.json"


def answered(session: onnxruntime.InferenceSession, feeds: Feeds) -> dict:
    """One run: its inputs, and its tensors or its error. Outputs that are no tensors are left out."""
    names = [output.name for output in session.get_outputs() if output.type.startswith("tensor")]
    inputs = [described(name, array) for name, array in feeds.items()]
    try:
        arrays = session.run(names, feeds)
    except Exception as error:  # onnxruntime has no common class for them
        return {"inputs": inputs, "error": sentence(error)}
    return {"inputs": inputs, "outputs": [described(name, numpy.asarray(array)) for name, array in zip(names, arrays)]}


def sentence(error: Exception) -> str:
    """The message without its kind and the path: `[ONNXRuntimeError] : 1 : FAIL : Load model from … failed:`."""
    return re.sub(r"^Load model from \S+ failed:", "", str(error).split(" : ", 3)[-1]).strip()


def entry(case: Case) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = case.write(Path(folder))
        parts = {part.name: base64.b64encode(part.read_bytes()).decode() for part in sorted(path.parent.iterdir())}
        found = {"name": case.name, "about": case.about, "files": parts}
        try:
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:
            return found | {"refused": sentence(error)}
        return found | {"runs": [answered(session, feeds) for feeds in case.runs]}


def main() -> None:
    onnxruntime.set_default_logger_severity(4)
    document = {"onnxruntime": onnxruntime.__version__, "models": [entry(case) for case in all_cases()]}
    FIXTURE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
