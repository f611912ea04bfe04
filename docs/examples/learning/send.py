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

import numpy as np


def post(url: str, body: dict) -> tuple[dict, dict]:
    headers = {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer), answer.headers


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
    sent, right = Counter(), Counter()
    until = time.monotonic() + options.seconds
    while True:
        for row, class_id in zip(rows.tolist(), classes.tolist()):
            answer, _ = post(f"{options.server}/v1/models/digits/predict", {"inputs": {"x": [row]}})
            version = answer["model"]["version"]
            sent[version] += 1
            right[version] += answer["predictions"][0]["class_id"] == class_id
            post(f"{options.server}/v1/feedback", {"request_id": answer["request_id"], "class_id": class_id})
            if 0 < options.seconds and until < time.monotonic():
                break
        if until < time.monotonic():
            break
    for version, count in sorted(sent.items()):
        print(f"version {version}: {right[version]} of {count} right ({100 * right[version] / count:.1f} %)")


main()
