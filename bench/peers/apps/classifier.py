"""The network behind every peer: one onnxruntime session on the CPU, and the five likeliest classes of a row.

What it is asked to do comes in the environment, because each framework starts its processes in its own way:
MODEL is the path of the .onnx file, WORKERS the processes, THREADS the threads of a session (0: onnxruntime's
default), BATCH the most rows of a run.
"""

import os

import numpy as np
import onnxruntime

MODEL = os.environ["MODEL"]
WORKERS = int(os.environ["WORKERS"])
THREADS = int(os.environ["THREADS"])
BATCH = int(os.environ["BATCH"])
# How long a batch may wait for its second row; only where the framework makes batches.
BATCH_WAIT_MS = 2
TOP = 5


class Classifier:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        self.session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """float32 [n, 1000] of uint8 [n, 224, 224, 3]."""
        logits = self.session.run(["logits"], {"image": rows})[0]
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponents / exponents.sum(axis=1, keepdims=True)

    def top(self, rows: np.ndarray) -> list[list[dict]]:
        """For each row its five likeliest classes, the likeliest first."""
        return [top_of(row) for row in self.probabilities(rows)]


def order_of(row: np.ndarray) -> np.ndarray:
    """The ids of the likeliest classes, the likeliest first."""
    return row.argsort()[::-1][:TOP]


def top_of(row: np.ndarray) -> list[dict]:
    return [{"class_id": int(one), "probability": float(row[one])} for one in order_of(row)]
