"""Health, metadata, configuration and statistics."""

from calls import ROWS, client, net, status, tensor
from checks import refused
from tritonclient.utils import InferenceServerException

EXTENSIONS = {
    "binary_tensor_data",
    "classification",
    "model_configuration",
    "model_repository",
    "schedule_policy",
    "statistics",
}


def health(address: str) -> None:
    """The server is live and ready, and so are a model and its version."""
    with client(address) as server:
        assert server.is_server_live()
        assert server.is_server_ready()
        assert server.is_model_ready("net")
        assert server.is_model_ready("net", "1")


def not_ready(address: str) -> None:
    """A model or version that is not there is not ready."""
    with client(address) as server:
        assert not server.is_model_ready("nobody")
        assert not server.is_model_ready("net", "9")


def server_metadata(address: str) -> None:
    """The server names itself, its version and its extensions."""
    with client(address) as server:
        found = server.get_server_metadata()
    assert found["name"] and found["version"], found
    missing = EXTENSIONS - set(found["extensions"])
    assert not missing, f"without {missing}"


def model_metadata(address: str) -> None:
    """The metadata of a model has its tensors with the batch dimension."""
    with client(address) as server:
        found = server.get_model_metadata("net")
        assert found == server.get_model_metadata("net", "1"), "another with the version"
    assert found["name"] == "net" and found["versions"] == ["1"] and found["platform"], found
    assert found["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}], found
    assert found["outputs"] == [{"name": "y", "datatype": "FP32", "shape": [-1, 4]}], found


def model_config(address: str) -> None:
    """The configuration of a model has its tensors without the batch dimension."""
    with client(address) as server:
        found = server.get_model_config("net")
    assert found["name"] == "net" and found["max_batch_size"] == 8, found
    (one,) = found["input"]
    assert one["name"] == "x" and one["data_type"] == "TYPE_FP32" and one["dims"] == [4], one
    (one,) = found["output"]
    assert one["name"] == "y" and one["data_type"] == "TYPE_FP32" and one["dims"] == [4], one


def unknown_model(address: str) -> None:
    """A model that is not there is an error with its name in all that is asked of it."""
    with client(address) as server:
        for ask in (server.get_model_metadata, server.get_model_config, server.get_inference_statistics):
            error = refused(lambda ask=ask: ask("nobody"), InferenceServerException)
            assert status(error) == 404 and "nobody" in error.message(), error
        ask = [tensor("x", ROWS)]
        error = refused(lambda: server.infer("nobody", ask), InferenceServerException)
        assert status(error) == 404 and "nobody" in error.message(), error
        error = refused(lambda: server.infer("net", ask, model_version="9"), InferenceServerException)
        assert status(error) == 404, error


def statistics(address: str) -> None:
    """The statistics count requests, rows and runs, and their times."""
    with client(address) as server:
        before = server.get_inference_statistics("net", "1")["model_stats"][0]
        net(address)
        after = server.get_inference_statistics("net")["model_stats"][0]
    assert after["name"] == "net" and after["version"] == "1", after
    assert after["inference_count"] == before["inference_count"] + 2, "two rows"
    assert after["execution_count"] == before["execution_count"] + 1, "one run"
    assert after["last_inference"] > 1.6e12, "milliseconds since 1970"
    assert after["inference_stats"]["success"]["count"] == before["inference_stats"]["success"]["count"] + 1
    for name in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
        found = after["inference_stats"][name]
        assert found["count"] > 0 and isinstance(found["ns"], int), f"{name}: {found}"
    for name in ("fail", "cache_hit", "cache_miss"):
        assert isinstance(after["inference_stats"][name]["count"], int), name
    assert after["inference_stats"]["success"]["ns"] > 0
    assert any(batch["batch_size"] == 2 for batch in after["batch_stats"]), after["batch_stats"]


def all_statistics(address: str) -> None:
    """The statistics of all models come in one answer."""
    with client(address) as server:
        found = server.get_inference_statistics()["model_stats"]
    assert {"net", "sum", "photos"} <= {one["name"] for one in found}, found


CHECKS = [
    health,
    not_ready,
    server_metadata,
    model_metadata,
    model_config,
    unknown_model,
    statistics,
    all_statistics,
]
