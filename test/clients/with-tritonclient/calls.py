"""Requests in one line, as the checks make them."""

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

ROWS = np.array([[0.25, 1.25, 2.25, 3.25], [4.25, 5.25, 6.25, 7.25]], dtype=np.float32)
"""For `net`, which answers 2x + 1."""


def client(address: str, **settings: object) -> http.InferenceServerClient:
    """One with room for a few requests at once."""
    return http.InferenceServerClient(address, **settings)


def tensor(name: str, data: np.ndarray, binary: bool = True) -> http.InferInput:
    """An input with the shape and type of the array."""
    made = http.InferInput(name, list(data.shape), np_to_triton_dtype(data.dtype))
    made.set_data_from_numpy(data, binary_data=binary)
    return made


def output(name: str, binary: bool = True, **settings: object) -> http.InferRequestedOutput:
    """A wanted output."""
    return http.InferRequestedOutput(name, binary_data=binary, **settings)


def net(address: str, **settings: object) -> np.ndarray:
    """The answer of `net` to ROWS."""
    with client(address) as server:
        return server.infer("net", [tensor("x", ROWS)], **settings).as_numpy("y")


def same(found: np.ndarray, wanted: np.ndarray) -> None:
    """Shape, type and every element."""
    assert found is not None, "there is no such output"
    assert found.shape == wanted.shape, f"shape {found.shape}, not {wanted.shape}"
    assert found.dtype == wanted.dtype, f"type {found.dtype}, not {wanted.dtype}"
    np.testing.assert_array_equal(found, wanted)


def status(error: InferenceServerException) -> int:
    """Of the answer that a client was refused with."""
    return int(error.status() or 0)
