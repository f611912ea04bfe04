"""MLServer's client, as it is published: `mlserver infer`, and its codecs for requests made by hand."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import checks
import numpy as np
import pandas as pd
from mlserver.codecs import Base64Codec, NumpyCodec, NumpyRequestCodec, PandasCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse, MetadataModelResponse

ROWS = np.array([[0.25, 1.25, 2.25, 3.25], [4.25, 5.25, 6.25, 7.25]], dtype=np.float32)
CAT = Path(os.environ["PHOTOS"]) / "cat.jpg"


def infer(address: str, model: str, request: InferenceRequest) -> InferenceResponse:
    """One request, as MLServer's own types write and read it."""
    body = request.model_dump_json(exclude_none=True).encode()
    url = f"http://{address}/v2/models/{model}/infer"
    with urlopen(Request(url, body, {"content-type": "application/json"})) as answer:
        return InferenceResponse.model_validate_json(answer.read())


def command(address: str, model: str, lines: list[dict], *options: str) -> list[dict]:
    """What `mlserver infer` writes for these requests, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        asked.write_text("".join(json.dumps(line) + "\n" for line in lines))
        program = [str(Path(sys.executable).parent / "mlserver"), "infer", "--url", address]
        paths = ["--input-data-path", str(asked), "--output-data-path", str(answered)]
        words = [*program, "--model-name", model, *paths, *options]
        run = subprocess.run(words, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr[-400:]
        found = [json.loads(line) for line in answered.read_text().splitlines()]
    return sorted(found, key=lambda one: one["parameters"]["batch_index"])


def line(data: np.ndarray) -> dict:
    """A request of the file that `mlserver infer` reads."""
    one = {"name": "x", "datatype": "FP32", "shape": list(data.shape), "data": data.flatten().tolist()}
    return {"inputs": [one]}


def written(address: str) -> None:
    """`mlserver infer` answers every line, as JSON and as bytes, alone and in micro-batches."""
    lines = [line(ROWS + np.float32(number)) for number in range(7)]
    for options in ([], ["--binary-data"], ["--batch-size", "3"], ["--binary-data", "--batch-size", "3"]):
        found = command(address, "net", lines, "--workers", "2", *options)
        assert len(found) == 7, f"{options}: {len(found)} answers"
        for number, one in enumerate(found):
            assert "error" not in one, f"{options}: {one}"
            data = np.array(one["outputs"][0]["data"], dtype=np.float32).reshape(ROWS.shape)
            np.testing.assert_array_equal(data, 2 * (ROWS + np.float32(number)) + 1)


def written_faults(address: str) -> None:
    """`mlserver infer` writes the sentence of the server for a line that is refused."""
    good, bad = line(ROWS), line(ROWS[:, :3])
    first, second = command(address, "net", [good, bad], "--retries", "1")
    assert "outputs" in first, first
    assert "x" in second["error"]["msg"] and "4" in second["error"]["msg"], second


def arrays(address: str) -> None:
    """A numpy array goes and comes by its codec."""
    answer = infer(address, "net", InferenceRequest(inputs=[NumpyCodec.encode_input("x", ROWS)]))
    assert answer.model_name == "net" and answer.model_version == "1", answer
    np.testing.assert_array_equal(NumpyCodec.decode_output(answer.outputs[0]), 2 * ROWS + 1)


def whole_request(address: str) -> None:
    """A whole request goes and comes by its codec, with parameters of MLServer's own."""
    request = NumpyRequestCodec.encode_request(ROWS)
    request.inputs[0].name = "x"
    assert request.parameters.content_type == "np"
    answer = infer(address, "net", request)
    np.testing.assert_array_equal(NumpyRequestCodec.decode_response(answer), 2 * ROWS + 1)


def texts(address: str) -> None:
    """Texts go and come by their codec."""
    words = ["a", "Gartenammer \N{SNOWMAN}"]
    one = StringCodec.encode_input("s", words, use_bytes=False)
    assert one.shape == [2, 1], one.shape
    answer = infer(address, "word", InferenceRequest(inputs=[one]))
    assert StringCodec.decode_output(answer.outputs[0]) == words, answer


def table(address: str) -> None:
    """The columns of a data frame are the inputs of a model."""
    frame = pd.DataFrame({"a": [1, 2**53 + 1], "b": [10, -20]})
    answer = infer(address, "table", PandasCodec.encode_request(frame))
    found = PandasCodec.decode_response(answer)
    assert list(found["total"]) == [11, 2**53 - 19], found


def photograph(address: str) -> None:
    """A photograph goes as base64, by its codec."""
    with urlopen(f"http://{address}/v2/models/photos") as answer:
        name = MetadataModelResponse.model_validate_json(answer.read()).inputs[0].name
    one = Base64Codec.encode_input(name, [CAT.read_bytes()], use_bytes=False)
    answer = infer(address, "photos", InferenceRequest(inputs=[one]))
    scores = NumpyCodec.decode_output(answer.outputs[0])
    assert scores.shape == (1, 1000) and int(scores.argmax()) in range(281, 286), scores.shape


def faults(address: str) -> None:
    """A fault has the sentence of the server in `error`."""
    request = InferenceRequest(inputs=[NumpyCodec.encode_input("z", ROWS)])
    error = checks.refused(lambda: infer(address, "net", request), HTTPError)
    assert error.code == 400 and "z" in json.load(error)["error"], error


if __name__ == "__main__":
    checks.main(
        f"mlserver {version('mlserver')}",
        [written, written_faults, arrays, whole_request, texts, table, photograph, faults],
    )
