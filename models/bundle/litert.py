"""Makes a .tflite of an ONNX model, and lets both answer the same examples.

Its one argument is the task as JSON:

- `model`: model.onnx; its weights may lie beside it.
- `folder`: the bundle, with bundle.json and classify.py. It gets model.tflite.
- `examples`: files, photographs or JSON bodies of one row, that both answer.

Prints lines of JSON: steps, and at the end the result: the class that the .tflite names for each example, by the script
that is shipped (None where its scores are no numbers), by how much its probabilities differ at the most from those of
onnxruntime on the same tensor, and the milliseconds of both.

Only float32 is made. Of the other forms that onnx2tf writes, the one with float16 does not run on CPUs ("output type 10 is
not supported"), and the one with a dynamic range answers wrongly, for EfficientNet-Lite0 every time.
"""

import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TIMED = 5


def say(**line: object) -> None:
    print(json.dumps(line), flush=True)


def convert(model: Path, target: Path) -> None:
    """Keeps the layout of every input: without -kat, one of NHWC is transposed once more.

    Works on a copy of the folder: onnx2tf writes the simplified model over the file that it is given.
    """
    graph = onnx.load(str(model), load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    inputs = [value.name for value in graph.input if value.name not in constants]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(shutil.copytree(model.parent, Path(folder) / "source")) / model.name
        command = [str(Path(sys.executable).parent / "onnx2tf"), "-i", str(source), "-o", folder]
        command += ["-tb", "flatbuffer_direct", "-b", "1", "-kat", *inputs]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        made = sorted(Path(folder).glob("*_float32.tflite"))
        if ended.returncode != 0 or not made:
            said = (ended.stderr or ended.stdout).strip().splitlines()
            say(refused=f"onnx2tf cannot convert the model: {said[-1] if said else 'it says nothing'}")
            sys.exit(0)
        shutil.copyfile(made[0], target)


def script_of(folder: Path):
    """The module that the bundle ships."""
    spec = importlib.util.spec_from_file_location("classify", folder / "classify.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def timed(run) -> float:
    """Median milliseconds."""
    times = []
    for _ in range(TIMED):
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    task = json.loads(sys.argv[1])
    folder = Path(task["folder"])
    say(step="converting", done=0, of=1)
    convert(Path(task["model"]), folder / "model.tflite")
    lite = script_of(folder).Model(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(task["model"], options, providers=["CPUExecutionProvider"])
    inputs = [value.name for value in session.get_inputs()]
    images = "preprocess" in lite.bundle
    answers, differs, milliseconds = [], 0.0, None
    examples = [Path(file) for file in task["examples"]]
    for done, file in enumerate(examples):
        rows = [lite.row_of(file)] if images else lite.rows_of(file)
        theirs = session.run(None, dict(zip(inputs, rows, strict=True)))[0][0]
        ours = lite.run(*rows)[0].copy()
        if ours.shape != theirs.shape:
            say(refused=f"the .tflite returns {list(ours.shape)}, and the model {list(theirs.shape)}")
            return
        finite = bool(np.isfinite(ours).all())
        answers.append(int(ours.argmax()) if finite else None)
        if finite:
            difference = np.abs(lite.probabilities(ours) - lite.probabilities(theirs)).max()
            differs = max(differs, float(difference))
        if milliseconds is None:
            milliseconds = {
                "litert": timed(lambda: lite.run(*rows)),
                "onnxruntime": timed(lambda: session.run(None, dict(zip(inputs, rows, strict=True)))),
            }
        say(step="comparing", done=done + 1, of=len(examples))
    say(result={"answers": answers, "differs": differs, "ms": milliseconds})


if __name__ == "__main__":
    main()
