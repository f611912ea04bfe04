"""KServe's Python client, as it is published, against a server with the models of test/clients/models.ts."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from pathlib import Path

import checks
import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from kserve.protocol.infer_type import InferResponse, RequestedOutput

ROWS = np.array([[0.25, 1.25, 2.25, 3.25], [4.25, 5.25, 6.25, 7.25]], dtype=np.float32)
CAT = Path(os.environ["PHOTOS"]) / "cat.jpg"

Ask = Callable[[InferenceRESTClient, str], Coroutine[None, None, None]]


def run(address: str, ask: Ask) -> None:
    """With a client of the protocol v2, and the address as it wants it."""

    async def asked() -> None:
        client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30))
        try:
            await ask(client, f"http://{address}")
        finally:
            await client.close()

    asyncio.run(asked())


def tensor(name: str, data: np.ndarray, binary: bool, datatype: str = "FP32") -> InferInput:
    """An input of that array."""
    made = InferInput(name, list(data.shape), datatype)
    made.set_data_from_numpy(data, binary_data=binary)
    return made


def output(name: str, binary: bool) -> RequestedOutput:
    """A wanted output."""
    return RequestedOutput(name, {"binary_data": binary})


def health(address: str) -> None:
    """The server is live and ready, a model is ready, and one that is not there is not."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        assert await client.is_server_live(url) is True
        assert await client.is_server_ready(url) is True
        assert await client.is_model_ready(url, "net") is True
        assert await client.is_model_ready(url, "nobody") is False

    run(address, ask)


def tensors(address: str) -> None:
    """Rows go in and come out, as bytes and as JSON, with the id of the request."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        for sent in (True, False):
            for wanted in (True, False):
                inputs, outputs = [tensor("x", ROWS, sent)], [output("y", wanted)]
                request = InferRequest("net", inputs, request_id="my-1", request_outputs=outputs)
                answer = await client.infer(url, request, model_name="net")
                assert isinstance(answer, InferResponse) and answer.id == "my-1", answer
                assert answer.model_name == "net", answer
                np.testing.assert_array_equal(answer.outputs[0].as_numpy(), 2 * ROWS + 1)

    run(address, ask)


def all_binary(address: str) -> None:
    """All outputs come as bytes where the request says so."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        parameters = {"binary_data_output": True}
        request = InferRequest("halves", [tensor("x", ROWS, True)], parameters=parameters)
        answer = await client.infer(url, request, model_name="halves")
        found = {one.name: one.as_numpy() for one in answer.outputs}
        np.testing.assert_array_equal(found["double"], 2 * ROWS)
        np.testing.assert_array_equal(found["total"], ROWS.sum(axis=1, keepdims=True))

    run(address, ask)


def half(address: str) -> None:
    """FP16 goes as bytes."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        numbers = np.array([[0.5, -1.5]], dtype=np.float16)
        inputs, outputs = [tensor("x", numbers, True, "FP16")], [output("y", True)]
        request = InferRequest("half", inputs, request_outputs=outputs)
        answer = await client.infer(url, request, model_name="half")
        np.testing.assert_array_equal(answer.outputs[0].as_numpy(), 2 * numbers)

    run(address, ask)


def words(address: str) -> None:
    """BYTES go as bytes and as JSON."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        texts = np.array([["a", "Gartenammer \N{SNOWMAN}"]], dtype=np.object_)
        for binary in (True, False):
            inputs, outputs = [tensor("s", texts, binary, "BYTES")], [output("t", binary)]
            request = InferRequest("echo", inputs, request_outputs=outputs)
            answer = await client.infer(url, request, model_name="echo")
            cells = answer.outputs[0].as_numpy().flat
            found = [cell.decode() if isinstance(cell, bytes) else cell for cell in cells]
            assert found == list(texts.flat), found

    run(address, ask)


def photograph(address: str) -> None:
    """A photograph goes as BYTES, and gives the scores of the model."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        async with httpx.AsyncClient() as plain:
            metadata = (await plain.get(f"{url}/v2/models/photos")).json()
        name = metadata["inputs"][0]["name"]
        photos = np.array([CAT.read_bytes()], dtype=np.object_)
        request = InferRequest("photos", [tensor(name, photos, True, "BYTES")])
        answer = await client.infer(url, request, model_name="photos")
        scores = answer.outputs[0].as_numpy()
        assert scores.shape == (1, 1000) and int(scores.argmax()) in range(281, 286), scores.shape

    run(address, ask)


def as_dict(address: str) -> None:
    """A request that is written by hand, as a dict, is answered."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        one = {"name": "x", "shape": [2, 4], "datatype": "FP32", "data": ROWS.tolist()}
        answer = await client.infer(url, {"inputs": [one]}, model_name="net")
        np.testing.assert_array_equal(answer.outputs[0].as_numpy(), 2 * ROWS + 1)

    run(address, ask)


async def refusal(client: InferenceRESTClient, url: str, model: str, one: InferInput) -> httpx.HTTPStatusError:
    """The error of a request that has to be refused."""
    try:
        await client.infer(url, InferRequest(model, [one]), model_name=model)
    except httpx.HTTPStatusError as error:
        return error
    raise AssertionError("it was not refused")


def faults(address: str) -> None:
    """A fault comes as an HTTP error with the sentence of the server."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        short = ROWS[:, :3].copy()
        for binary in (True, False):
            for model, data, status, part in (("net", short, 400, "x"), ("nobody", ROWS, 404, "nobody")):
                error = await refusal(client, url, model, tensor("x", data, binary))
                assert error.response.status_code == status, error
                sentence = error.response.json()["error"]
                assert part in sentence and sentence in str(error), error

    run(address, ask)


def at_once(address: str) -> None:
    """Requests at once each get their own answer."""

    async def ask(client: InferenceRESTClient, url: str) -> None:
        async def one(number: int) -> None:
            data = ROWS + np.float32(100 * number)
            request = InferRequest("net", [tensor("x", data, number % 2 == 0)])
            answer = await client.infer(url, request, model_name="net")
            np.testing.assert_array_equal(answer.outputs[0].as_numpy(), 2 * data + 1)

        await asyncio.gather(*(one(number) for number in range(24)))

    run(address, ask)


if __name__ == "__main__":
    checks.main(
        f"kserve {version('kserve')}",
        [health, tensors, all_binary, half, words, photograph, as_dict, faults, at_once],
    )
