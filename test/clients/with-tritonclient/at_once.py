"""Many requests at once: by greenlets, and by asyncio."""

import asyncio

import numpy as np
import tritonclient.http.aio as aio
from calls import ROWS, client, output, same, status, tensor
from tritonclient.utils import InferenceServerException

REQUESTS = 24


def rows_of(number: int) -> np.ndarray:
    """Rows that no other request has."""
    return ROWS + np.float32(100 * number)


def greenlets(address: str) -> None:
    """Requests of async_infer each get their own answer."""
    with client(address, concurrency=6) as server:
        waiting = [
            server.async_infer("net", [tensor("x", rows_of(number))], request_id=str(number))
            for number in range(REQUESTS)
        ]
        for number, one in enumerate(waiting):
            answer = one.get_result()
            assert answer.get_response()["id"] == str(number)
            same(answer.as_numpy("y"), 2 * rows_of(number) + 1)


def coroutines(address: str) -> None:
    """Requests of the asyncio client each get their own answer, bytes and JSON, compressed too."""

    async def one(server: aio.InferenceServerClient, number: int) -> None:
        binary = number % 2 == 0
        kind = (None, "gzip", "deflate")[number % 3]
        answer = await server.infer(
            "net",
            [tensor("x", rows_of(number), binary)],
            outputs=[output("y", binary)],
            request_compression_algorithm=kind,
            response_compression_algorithm=kind,
        )
        same(answer.as_numpy("y"), 2 * rows_of(number) + 1)

    async def all_of_them() -> None:
        async with aio.InferenceServerClient(address) as server:
            await asyncio.gather(*(one(server, number) for number in range(REQUESTS)))

    asyncio.run(all_of_them())


def other_calls(address: str) -> None:
    """The asyncio client reads health, metadata, configuration and statistics, and its errors."""

    async def ask() -> None:
        async with aio.InferenceServerClient(address) as server:
            assert await server.is_server_live() and await server.is_server_ready()
            assert await server.is_model_ready("net") and not await server.is_model_ready("nobody")
            assert (await server.get_server_metadata())["name"]
            assert (await server.get_model_metadata("net"))["inputs"][0]["name"] == "x"
            assert (await server.get_model_config("net"))["max_batch_size"] == 8
            assert (await server.get_inference_statistics("net"))["model_stats"][0]["name"] == "net"
            assert any(one["name"] == "net" for one in await server.get_model_repository_index())
            try:
                await server.infer("net", [tensor("x", ROWS[:, :3].copy())])
            except InferenceServerException as error:
                assert status(error) == 400 and "x" in error.message(), error
            else:
                raise AssertionError("it was not refused")

    asyncio.run(ask())


def loading(address: str) -> None:
    """The asyncio client unloads and loads models."""

    async def ask() -> None:
        async with aio.InferenceServerClient(address) as server:
            await server.unload_model("spare")
            assert not await server.is_model_ready("spare")
            await server.load_model("spare")
            assert await server.is_model_ready("spare")

    asyncio.run(ask())


CHECKS = [greenlets, coroutines, other_calls, loading]
