"""What Ortolan does not have: the client is told so, in a sentence."""

from collections.abc import Callable

import tritonclient.http as http
from calls import ROWS, client, status, tensor
from checks import refused
from tritonclient.utils import InferenceServerException


def sentence(run: Callable[[], object], wanted: int) -> str:
    """Of an error with this status."""
    error = refused(run, InferenceServerException)
    assert status(error) == wanted and len(error.message()) > 10, error
    return error.message()


def shared_memory(address: str) -> None:
    """Shared memory is refused, both to register it and as the place of a tensor."""
    with client(address) as server:
        sentence(lambda: server.register_system_shared_memory("mine", "/mine", 32), 404)
        sentence(server.get_system_shared_memory_status, 404)
        sentence(server.get_cuda_shared_memory_status, 404)
        one = http.InferInput("x", [2, 4], "FP32")
        one.set_shared_memory("mine", 32)
        assert "memory" in sentence(lambda: server.infer("net", [one]), 400)
        other = http.InferRequestedOutput("y")
        other.set_shared_memory("mine", 32)
        wanted = [tensor("x", ROWS)]
        assert "memory" in sentence(lambda: server.infer("net", wanted, outputs=[other]), 400)


def sequences(address: str) -> None:
    """Requests of a sequence are refused, since nothing is remembered between them."""
    with client(address) as server:
        said = sentence(
            lambda: server.infer("net", [tensor("x", ROWS)], sequence_id=7, sequence_start=True), 400
        )
    assert "sequence" in said, said


def settings(address: str) -> None:
    """The settings of traces and logs are not changed by this protocol."""
    with client(address) as server:
        sentence(server.get_trace_settings, 404)
        sentence(server.get_log_settings, 404)


CHECKS = [shared_memory, sequences, settings]
