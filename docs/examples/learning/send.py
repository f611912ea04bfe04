"""Clients of the digits: send rows, and say afterwards which digits they were.

    python send.py data.npz [--server URL] [--seconds N] [--down N]

Prints how many answers were right, by version. `--down`: moves each picture down by so many pixels first, as a camera would that was
pushed. `--seconds`: sends them again and again for so long; without it, each once.
"""

import argparse
import json
import time
import urllib.request
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from threading import Lock, Semaphore

import numpy as np

# Requests at the same time: a canary needs some hundreds in a check.
LANES = 4
waiting = Semaphore(LANES)
failures: list[BaseException] = []


def done(lane: Future) -> None:
    waiting.release()
    if (error := lane.exception()) is not None:
        failures.append(error)


def post(url: str, body: dict) -> dict:
    headers = {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("--server", default="http://127.0.0.1:8000")
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--down", type=int, default=0)
    options = parser.parse_args()
    with np.load(options.data) as arrays:
        rows, classes = arrays["x"], arrays["y"]
    if options.down > 0:
        pictures = rows.reshape(-1, 8, 8)
        moved = np.zeros_like(pictures)
        moved[:, options.down :] = pictures[:, : -options.down]
        rows = moved.reshape(rows.shape)
    sent, right, counting = Counter(), Counter(), Lock()

    def send(row: list[float], class_id: int) -> None:
        answer = post(f"{options.server}/v1/models/digits/predict", {"inputs": {"x": [row]}})
        version = answer["model"]["version"]
        with counting:
            sent[version] += 1
            right[version] += answer["predictions"][0]["class_id"] == class_id
        post(f"{options.server}/v1/feedback", {"request_id": answer["request_id"], "class_id": class_id})

    pairs = list(zip(rows.tolist(), classes.tolist()))
    until = time.monotonic() + options.seconds
    with ThreadPoolExecutor(LANES) as lanes:
        for pair in cycle(pairs) if options.seconds > 0 else pairs:
            if 0 < options.seconds and until < time.monotonic():
                break
            waiting.acquire()
            lanes.submit(send, *pair).add_done_callback(done)
    if failures:
        raise failures[0]
    for version, count in sorted(sent.items()):
        print(f"version {version}: {right[version]} of {count} right ({100 * right[version] / count:.1f} %)")


main()
