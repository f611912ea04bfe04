"""Ray Serve: the photograph is the body; processes are replicas, one row or a batch of @serve.batch in each. A replica
runs this code in a thread of its own, so that it may block."""

import os

import numpy as np
import ray
from classifier import BATCH, BATCH_WAIT_MS, WORKERS, Classifier
from photograph import row_of
from ray import serve
from starlette.requests import Request

CORES = os.cpu_count() or 1


# Of the 5 requests that a replica takes by default, a batch would leave too few in waiting.
@serve.deployment(
    num_replicas=WORKERS, ray_actor_options={"num_cpus": max(1, CORES // WORKERS)}, max_ongoing_requests=100
)
class Photographs:
    def __init__(self) -> None:
        self.classifier = Classifier()

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=BATCH_WAIT_MS / 1000)
    async def batched(self, bodies: list[bytes]) -> list[list[dict]]:
        return self.classifier.top(np.stack([row_of(body) for body in bodies]))

    async def __call__(self, request: Request) -> list[dict]:
        body = await request.body()
        if BATCH > 1:
            return await self.batched(body)
        return self.classifier.top(row_of(body)[None])[0]


if __name__ == "__main__":
    ray.init(num_cpus=CORES, include_dashboard=False, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Photographs.bind(), blocking=True)
