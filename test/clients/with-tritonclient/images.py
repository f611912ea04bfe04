"""Photographs as BYTES: the server decodes and scales them."""

import os
from pathlib import Path

import numpy as np
from calls import client, output, status, tensor
from checks import refused
from tritonclient.utils import InferenceServerException

PHOTOS = Path(os.environ["PHOTOS"])
CAT = (PHOTOS / "cat.jpg").read_bytes()
COFFEE = (PHOTOS / "coffee.jpg").read_bytes()
LABELS = ["tiger cat", "espresso"]


def asked(address: str, *photos: bytes) -> tuple[str, str, np.ndarray]:
    """The names of the input and of the output, and the tensor of the photographs."""
    with client(address) as server:
        found = server.get_model_metadata("photos")
    (one,), (other,) = found["inputs"], found["outputs"]
    return one["name"], other["name"], np.array(photos, dtype=np.object_)


def classes(address: str) -> None:
    """Photographs are classified, as many as come, each with the best classes."""
    name, wanted, photos = asked(address, CAT, COFFEE)
    with client(address) as server:
        for binary in (True, False):
            answer = server.infer(
                "photos", [tensor(name, photos)], outputs=[output(wanted, binary, class_count=3)]
            )
            found = answer.as_numpy(wanted)
            assert found.shape == (2, 3), found.shape
            for row, label in zip(found, LABELS, strict=True):
                texts = [one.decode() if isinstance(one, bytes) else one for one in row]
                values = [float(text.split(":")[0]) for text in texts]
                assert values == sorted(values, reverse=True), texts
                assert texts[0].split(":")[2] == label, texts


def scores(address: str) -> None:
    """Without classification a photograph gives the scores of the model."""
    name, wanted, photos = asked(address, CAT)
    with client(address) as server:
        found = server.infer("photos", [tensor(name, photos)]).as_numpy(wanted)
    assert found.shape == (1, 1000) and found.dtype == np.float32, (found.shape, found.dtype)
    assert int(found.argmax()) in range(281, 286), "a cat"


def best_of_rows(address: str) -> None:
    """A model of numbers without labels is classified by value and index."""
    rows = np.array([[0.5, 2, 1, 2]], dtype=np.float32)
    with client(address) as server:
        found = server.infer("net", [tensor("x", rows)], outputs=[output("y", class_count=9)]).as_numpy("y")
    assert found.shape == (1, 4), "no more than there are"
    assert found[0].tolist() == [b"5.000000:1", b"5.000000:3", b"3.000000:2", b"2.000000:0"], found


def not_an_image(address: str) -> None:
    """What is no photograph is refused with a sentence."""
    name, _, photos = asked(address, b"no photograph")
    with client(address) as server:
        error = refused(lambda: server.infer("photos", [tensor(name, photos)]), InferenceServerException)
    assert status(error) == 400 and "JPEG" in error.message(), error


CHECKS = [classes, scores, best_of_rows, not_an_image]
