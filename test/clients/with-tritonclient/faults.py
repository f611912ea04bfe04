"""Requests that are wrong: each is refused with a sentence that names the place."""

from collections.abc import Iterable

import numpy as np
import tritonclient.http as http
from calls import ROWS, client, output, same, status, tensor
from checks import refused
from tritonclient.utils import InferenceServerException


def said(address: str, inputs: list, model: str = "net", **settings: object) -> str:
    """The sentence of a 400."""
    with client(address) as server:
        error = refused(lambda: server.infer(model, inputs, **settings), InferenceServerException)
    assert status(error) == 400, f"{status(error)}: {error.message()}"
    return error.message()


def names(text: str, parts: Iterable[str]) -> None:
    """All of them are in the sentence."""
    for part in parts:
        assert part in text, f"{part} is not in: {text}"


def wrong_shape(address: str) -> None:
    """A wrong shape is refused, with the name and what was expected."""
    for binary in (True, False):
        names(said(address, [tensor("x", np.ones((2, 5), np.float32), binary)]), ["x", "4", "5"])
        names(said(address, [tensor("x", np.ones((4,), np.float32), binary)]), ["x"])


def wrong_type(address: str) -> None:
    """A wrong type is refused, with both types."""
    for binary in (True, False):
        names(said(address, [tensor("x", ROWS.astype(np.float64), binary)]), ["x", "FP32", "FP64"])
        names(said(address, [tensor("x", ROWS.astype(np.int32), binary)]), ["x", "FP32", "INT32"])


def wrong_names(address: str) -> None:
    """Unknown, missing and repeated inputs and unknown outputs are refused by name."""
    names(said(address, [tensor("z", ROWS)]), ["z"])
    names(said(address, [tensor("a", ROWS[:, :3].copy())], "sum"), ["b"])
    names(said(address, [tensor("x", ROWS), tensor("x", ROWS)]), ["x"])
    names(said(address, [tensor("x", ROWS)], outputs=[output("z")]), ["z"])


def no_data(address: str) -> None:
    """An input without data, a request without inputs and one without rows are refused."""
    said(address, [http.InferInput("x", [2, 4], "FP32")])
    said(address, [])
    names(said(address, [tensor("x", np.zeros((0, 4), np.float32))]), ["no rows"])


def no_such_form(address: str) -> None:
    """FP16 has no form in JSON, and texts no best classes."""
    half = np.array([[0.5, -1.5]], dtype=np.float16)
    names(said(address, [tensor("x", half)], "half", outputs=[output("y", False)]), ["y", "FP16", "binary"])
    words = np.array([["a", "b"]], dtype=np.object_)
    names(said(address, [tensor("s", words)], "echo", outputs=[output("t", class_count=1)]), ["BYTES"])


def infinity(address: str) -> None:
    """An answer that JSON cannot hold is refused, and the sentence says to ask for bytes."""
    rows = np.array([[np.inf, 0, 0, 0]], dtype=np.float32)
    with client(address) as server:
        error = refused(
            lambda: server.infer("net", [tensor("x", rows)], outputs=[output("y", False)]),
            InferenceServerException,
        )
    assert 400 <= status(error) < 600 and "binary" in error.message(), error


def deadline(address: str) -> None:
    """A deadline that has passed is refused, and one that is far is kept."""
    with client(address) as server:
        error = refused(
            lambda: server.infer("net", [tensor("x", ROWS)], timeout=1), InferenceServerException
        )
        assert status(error) in (503, 504), error
        same(server.infer("net", [tensor("x", ROWS)], timeout=10_000_000).as_numpy("y"), 2 * ROWS + 1)


def priority(address: str) -> None:
    """A priority and parameters of the client's own are accepted."""
    with client(address) as server:
        for level in (0, 1, 2):
            answer = server.infer("net", [tensor("x", ROWS)], priority=level, parameters={"mine": "a", "n": 1})
            same(answer.as_numpy("y"), 2 * ROWS + 1)


def query(address: str) -> None:
    """Headers and query parameters of the client's own are accepted."""
    with client(address) as server:
        answer = server.infer("net", [tensor("x", ROWS)], headers={"x-mine": "1"}, query_params={"mine": "1"})
        same(answer.as_numpy("y"), 2 * ROWS + 1)


CHECKS = [
    wrong_shape,
    wrong_type,
    wrong_names,
    no_data,
    no_such_form,
    infinity,
    deadline,
    priority,
    query,
]
