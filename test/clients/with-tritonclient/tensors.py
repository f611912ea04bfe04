"""Tensors of each type there and back, as bytes and as JSON."""

import numpy as np
from calls import ROWS, client, output, same, tensor

WANTED = 2 * ROWS + 1


def forms(address: str) -> None:
    """Bytes and JSON go in and come out in every combination."""
    with client(address) as server:
        for sent in (True, False):
            for wanted in (True, False):
                answer = server.infer("net", [tensor("x", ROWS, sent)], outputs=[output("y", wanted)])
                same(answer.as_numpy("y"), WANTED)
                size = answer.get_output("y").get("parameters", {}).get("binary_data_size")
                assert size == (WANTED.nbytes if wanted else None), f"{size} bytes"


def all_outputs(address: str) -> None:
    """Without a list of outputs all come, as bytes."""
    with client(address) as server:
        answer = server.infer("halves", [tensor("x", ROWS)])
    same(answer.as_numpy("double"), 2 * ROWS)
    same(answer.as_numpy("total"), ROWS.sum(axis=1, keepdims=True))
    assert answer.get_output("total")["parameters"]["binary_data_size"] == 8, "two numbers"


def chosen_output(address: str) -> None:
    """Only the outputs that are asked for come, in that order."""
    with client(address) as server:
        one = server.infer("halves", [tensor("x", ROWS)], outputs=[output("total")])
        assert one.as_numpy("double") is None
        two = server.infer("halves", [tensor("x", ROWS)], outputs=[output("total"), output("double", False)])
    assert [one["name"] for one in two.get_response()["outputs"]] == ["total", "double"]
    same(two.as_numpy("double"), 2 * ROWS)


def identity(address: str) -> None:
    """The answer says the model, its version and the id of the request."""
    with client(address) as server:
        answer = server.infer("net", [tensor("x", ROWS)], model_version="1", request_id="my-1")
        nameless = server.infer("net", [tensor("x", ROWS)])
    found = answer.get_response()
    assert found["model_name"] == "net" and found["model_version"] == "1" and found["id"] == "my-1", found
    same(nameless.as_numpy("y"), WANTED)


def several_inputs(address: str) -> None:
    """Inputs come in any order, some as bytes and some as JSON."""
    a, b = ROWS[:, :3].copy(), ROWS[:, 1:].copy()
    with client(address) as server:
        for first, second in ((True, True), (True, False), (False, True)):
            answer = server.infer("sum", [tensor("b", b, second), tensor("a", a, first)])
            same(answer.as_numpy("sum"), a + b)


def integers(address: str) -> None:
    """INT64 is exact beyond 2^53, as bytes and as JSON."""
    numbers = np.array([[2**53 + 1, -(2**62)]], dtype=np.int64)
    with client(address) as server:
        for binary in (True, False):
            answer = server.infer("next", [tensor("n", numbers, binary)], outputs=[output("next", binary)])
            same(answer.as_numpy("next"), numbers + 1)


def strings(address: str) -> None:
    """BYTES of any length and script come back as they went."""
    words = np.array([["", "Ortolan"], ["Gartenammer \N{SNOWMAN}", "a\nb"]], dtype=np.object_)
    encoded = np.array([word.encode() for word in words.flat], dtype=np.object_).reshape(words.shape)
    with client(address) as server:
        for sent in (True, False):
            asked = [tensor("s", words, sent)]
            same(server.infer("echo", asked, outputs=[output("t")]).as_numpy("t"), encoded)
            same(server.infer("echo", asked, outputs=[output("t", False)]).as_numpy("t"), words)


def booleans(address: str) -> None:
    """BOOL is one byte, or true and false."""
    flags = np.array([[True, False, False]])
    with client(address) as server:
        for binary in (True, False):
            answer = server.infer("not", [tensor("p", flags, binary)], outputs=[output("q", binary)])
            same(answer.as_numpy("q"), ~flags)


def halves(address: str) -> None:
    """FP16 goes as bytes."""
    numbers = np.array([[0.5, -1.5]], dtype=np.float16)
    with client(address) as server:
        same(server.infer("half", [tensor("x", numbers)]).as_numpy("y"), 2 * numbers)


def large(address: str) -> None:
    """A tensor of 600 KB in a dimension that is free goes and comes."""
    numbers = np.arange(150_000, dtype=np.float32).reshape(1, -1)
    with client(address) as server:
        for binary in (True, False):
            answer = server.infer("wide", [tensor("x", numbers, binary)], outputs=[output("y", binary)])
            same(answer.as_numpy("y"), 2 * numbers)


def not_a_number(address: str) -> None:
    """NaN and infinity come as bytes."""
    numbers = np.array([[np.nan, np.inf, -np.inf, 0]], dtype=np.float32)
    with client(address) as server:
        same(server.infer("net", [tensor("x", numbers)]).as_numpy("y"), 2 * numbers + 1)


def no_batch(address: str) -> None:
    """A model without a batch dimension takes what it declares, and gives a number alone."""
    with client(address) as server:
        assert server.get_model_config("whole")["max_batch_size"] == 0
        for binary in (True, False):
            asked = [tensor("x", np.array([1, 2, 4], dtype=np.float32), binary)]
            same(server.infer("whole", asked, outputs=[output("y", binary)]).as_numpy("y"), np.array(7, np.float32))


def label(address: str) -> None:
    """A label stands for a version, and the answer says which version it was."""
    with client(address) as server:
        assert server.is_model_ready("spare", "stable") and not server.is_model_ready("spare", "unstable")
        answer = server.infer("spare", [tensor("x", ROWS)], model_version="stable")
        assert server.get_model_metadata("spare", "stable")["name"] == "spare"
    same(answer.as_numpy("y"), WANTED)
    assert answer.get_response()["model_version"] == "1", answer.get_response()


CHECKS = [
    forms,
    all_outputs,
    chosen_output,
    identity,
    several_inputs,
    integers,
    strings,
    booleans,
    halves,
    large,
    not_a_number,
    no_batch,
    label,
]
