"""The repository: what is there, loading and unloading."""

from calls import ROWS, client, same, status, tensor
from checks import refused
from tritonclient.utils import InferenceServerException


def states(address: str) -> dict[tuple[str, str], str]:
    """By name and version."""
    with client(address) as server:
        found = server.get_model_repository_index()
    return {(one["name"], one.get("version", "")): one["state"] for one in found}


def index(address: str) -> None:
    """The index has every model with its version and state."""
    found = states(address)
    assert found[("net", "1")] == "READY" and found[("photos", "2")] == "READY", found


def unload(address: str) -> None:
    """A model that is unloaded is not ready and answers no more, and is served again once it is loaded."""
    with client(address) as server:
        server.unload_model("spare")
        assert not server.is_model_ready("spare")
        error = refused(lambda: server.infer("spare", [tensor("x", ROWS)]), InferenceServerException)
        assert status(error) == 404, error
        found = {name: state for (name, _), state in states(address).items()}
        assert found["spare"] in ("UNAVAILABLE", "UNLOADING"), found
        server.load_model("spare")
        assert server.is_model_ready("spare")
        same(server.infer("spare", [tensor("x", ROWS)]).as_numpy("y"), 2 * ROWS + 1)


def reload(address: str) -> None:
    """Loading a model that is loaded leaves it ready."""
    with client(address) as server:
        server.load_model("spare")
        assert server.is_model_ready("spare")


def unknown(address: str) -> None:
    """A model that is not in the repository can be neither loaded nor unloaded."""
    with client(address) as server:
        for ask in (server.load_model, server.unload_model):
            error = refused(lambda ask=ask: ask("nobody"), InferenceServerException)
            assert status(error) == 404 and "nobody" in error.message(), error


def sent_along(address: str) -> None:
    """A configuration or files that are sent along are refused, and the model stays as it is."""
    with client(address) as server:
        for ask in (dict(config="{}"), dict(config="{}", files={"file:1/model.onnx": b"no model"})):
            error = refused(lambda ask=ask: server.load_model("spare", **ask), InferenceServerException)
            assert status(error) == 400, error
        same(server.infer("spare", [tensor("x", ROWS)]).as_numpy("y"), 2 * ROWS + 1)


CHECKS = [index, unload, reload, unknown, sent_along]
