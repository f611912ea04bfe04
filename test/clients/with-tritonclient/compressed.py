"""gzip and deflate, of requests and of answers."""

import numpy as np
from calls import ROWS, client, output, same, status, tensor
from checks import refused
from tritonclient.utils import InferenceServerException

KINDS = [None, "gzip", "deflate"]


def both_ways(address: str) -> None:
    """Requests and answers are compressed in every combination, bytes and JSON."""
    rows = np.tile(ROWS, (500, 1))
    with client(address) as server:
        for binary in (True, False):
            for sent in KINDS:
                for wanted in KINDS:
                    answer = server.infer(
                        "net",
                        [tensor("x", rows, binary)],
                        outputs=[output("y", binary)],
                        request_compression_algorithm=sent,
                        response_compression_algorithm=wanted,
                    )
                    same(answer.as_numpy("y"), 2 * rows + 1)


def errors(address: str) -> None:
    """An error is readable also where a compressed answer was asked for."""
    with client(address) as server:
        for kind in ("gzip", "deflate"):
            ask = dict(request_compression_algorithm=kind, response_compression_algorithm=kind)
            error = refused(
                lambda ask=ask: server.infer("net", [tensor("x", ROWS[:, :3].copy())], **ask),
                InferenceServerException,
            )
            assert status(error) == 400 and "x" in error.message(), error


CHECKS = [both_ways, errors]
