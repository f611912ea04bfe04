"""A network of one hidden layer for the digits of scikit-learn (8 x 8 grey pixels), its data, and its training. Weights are
lists of float32 arrays: W1 (64, 48), b1, W2 (48, 10), b2."""

import numpy as np
from sklearn.datasets import load_digits

SIZES = (64, 48, 10)
HELD_OUT = 360
BATCH = 32


def fresh(seed: int = 0) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    weights = []
    for inner, outer in zip(SIZES, SIZES[1:]):
        weights.append(draw.normal(0, np.sqrt(2 / inner), (inner, outer)).astype(np.float32))
        weights.append(np.zeros(outer, np.float32))
    return weights


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels from 0 to 1 and classes to train on, then those that no client has."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(7).permutation(len(x))
    x, y = (x[order] / 16).astype(np.float32), y[order]
    return x[:-HELD_OUT], y[:-HELD_OUT], x[-HELD_OUT:], y[-HELD_OUT:]


def partition(place: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """What one client has."""
    x, y, _, _ = digits()
    return x[place::count], y[place::count]


def scores(weights: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    w1, b1, w2, b2 = weights
    return np.maximum(x @ w1 + b1, 0) @ w2 + b2


def accuracy(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
    return float((scores(weights, x).argmax(1) == y).mean())


def train(weights, x, y, epochs: int, rate: float, seed: int) -> list[np.ndarray]:
    """Gradient descent on the cross entropy, in batches; returns new arrays."""
    w1, b1, w2, b2 = (each.copy() for each in weights)
    draw = np.random.default_rng(seed)
    wanted = np.eye(SIZES[-1], dtype=np.float32)[y]
    for _ in range(epochs):
        order = draw.permutation(len(x))
        for begin in range(0, len(x), BATCH):
            rows = order[begin : begin + BATCH]
            hidden = np.maximum(x[rows] @ w1 + b1, 0)
            raw = hidden @ w2 + b2
            chances = np.exp(raw - raw.max(1, keepdims=True))
            chances /= chances.sum(1, keepdims=True)
            of_scores = (chances - wanted[rows]) / len(rows)
            of_hidden = (of_scores @ w2.T) * (hidden > 0)
            w2 -= rate * hidden.T @ of_scores
            b2 -= rate * of_scores.sum(0)
            w1 -= rate * x[rows].T @ of_hidden
            b1 -= rate * of_hidden.sum(0)
    return [each.astype(np.float32) for each in (w1, b1, w2, b2)]
