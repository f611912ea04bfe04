"""One question in each protocol: arrays to arrays by name. Raises Refused for an answer that is no 200."""

import io
import json

import numpy

import tensors
from odd.case import Feeds
from server import Server

Answers = dict[str, numpy.ndarray]
Shapes = dict[str, tuple[str, tuple[int, ...]]]
HEADER_LENGTH = "Inference-Header-Content-Length"
JSON_BYTES = 2**20
OCTETS = "application/octet-stream"


class Refused(Exception):
    """`code`: that of the error body, or the status."""

    def __init__(self, status: int, body: bytes) -> None:
        text = body.decode(errors="replace")
        try:
            fields = json.loads(text)
        except ValueError:
            fields = {}
        error = fields.get("error", text)
        details = error if isinstance(error, dict) else fields
        self.status = status
        self.code = details.get("code", str(status))
        super().__init__(f"{status} {self.code}: {error.get('message', text) if isinstance(error, dict) else error}")


class TooLong(Exception):
    """The request is longer than the server takes as JSON: binary is for that."""


def written(body: dict) -> bytes:
    text = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
    if len(text) > JSON_BYTES:
        raise TooLong
    return text


def listed(array: numpy.ndarray):
    """Nested lists for JSON; integers that a double does not hold are text."""
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        exact = numpy.vectorize(lambda n: int(n) if abs(int(n)) < 2**53 else str(n), otypes=[object])
        return exact(array).tolist() if array.size else array.tolist()
    if array.dtype == numpy.float32:
        # Of each, the shortest text that gives the same float again.
        return array.astype(str).astype(numpy.float64).tolist()
    return array.tolist()


def v1_json(server: Server, model: str, feeds: Feeds) -> Answers:
    body = written({"inputs": {name: listed(array) for name, array in feeds.items()}})
    headers = {"content-type": "application/json"}
    status, _, answer = server.ask("POST", f"/v1/models/{model}/predict", body, headers)
    if status != 200:
        raise Refused(status, answer)
    return {name: numpy.array(values, object) for name, values in json.loads(answer)["outputs"].items()}


def v1_raw(server: Server, model: str, feeds: Feeds) -> Answers:
    """Elements alone, with their shape in the query. One input and one output."""
    (array,) = feeds.values()
    shape = ",".join(map(str, array.shape))
    return v1_octets(server, f"/v1/models/{model}/predict" + (f"?shape={shape}" if shape else ""), tensors.raw(array))


def v1_npy(server: Server, model: str, feeds: Feeds) -> Answers:
    """The same as a .npy file, which says its type and shape."""
    (array,) = feeds.values()
    file = io.BytesIO()
    numpy.save(file, array, allow_pickle=False)
    return v1_octets(server, f"/v1/models/{model}/predict", file.getvalue())


def v1_octets(server: Server, path: str, body: bytes) -> Answers:
    """The elements of the answer under no name: its shape is that of the reference."""
    status, facts, answer = server.ask("POST", path, body, {"content-type": OCTETS, "accept": OCTETS})
    if status != 200:
        raise Refused(status, answer)
    if facts["content-type"] != OCTETS:
        raise Refused(status, f"the answer is {facts['content-type']}".encode())
    return {"": numpy.frombuffer(answer, numpy.uint8)}


def v2_json(server: Server, model: str, feeds: Feeds) -> Answers:
    inputs = [
        {"name": name, "datatype": tensors.datatype(array), "shape": array.shape, "data": listed(array.ravel())}
        for name, array in feeds.items()
    ]
    status, _, answer = server.ask("POST", f"/v2/models/{model}/infer", written({"inputs": inputs}))
    if status != 200:
        raise Refused(status, answer)
    return {
        output["name"]: numpy.array(output["data"], object).reshape(output["shape"])
        for output in json.loads(answer)["outputs"]
    }


def v2_binary(server: Server, model: str, feeds: Feeds) -> Answers:
    parts = [tensors.raw(array) for array in feeds.values()]
    inputs = [
        {
            "name": name,
            "datatype": tensors.datatype(array),
            "shape": array.shape,
            "parameters": {"binary_data_size": len(part)},
        }
        for (name, array), part in zip(feeds.items(), parts)
    ]
    header = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    headers = {HEADER_LENGTH: str(len(header))}
    status, facts, answer = server.ask("POST", f"/v2/models/{model}/infer", header + b"".join(parts), headers)
    if status != 200:
        raise Refused(status, answer)
    at = int(facts[HEADER_LENGTH])
    answers = {}
    for output in json.loads(answer[:at])["outputs"]:
        end = at + output["parameters"]["binary_data_size"]
        answers[output["name"]] = tensors.array(output["datatype"], output["shape"], answer[at:end])
        at = end
    return answers


PROTOCOLS = {"v1 JSON": v1_json, "v1 raw": v1_raw, "v1 npy": v1_npy, "v2 JSON": v2_json, "v2 binary": v2_binary}
