"""The rounding: float weights to int8, with their errors made to cancel.

Rounding each weight to its nearest step is not the best choice: what counts is
the error of the layer's *output*. With the covariance C of the inputs that is
(q - w)' C (q - w), and it is kept small by rounding one weight after the other,
each time spreading the error made over the weights still to be rounded
(optimal brain quantisation, in the order and form of GPTQ, Frantar et al.,
2022). The mean of the error goes into the bias.
"""

from dataclasses import dataclass

import numpy as np

LIMIT = 127
DAMPING = 0.1


@dataclass
class Rounded:
    """Weights = steps * scale, scale by output channel; bias still in float."""

    steps: np.ndarray
    scale: np.ndarray
    bias: np.ndarray


def scales(rows: np.ndarray) -> np.ndarray:
    """The step of each row: its greatest weight is 127 steps."""
    return np.maximum(np.abs(rows).max(axis=1) / LIMIT, np.finfo(np.float32).tiny).astype(
        np.float32
    )


def nearest(rows: np.ndarray, scale: np.ndarray, limit: int = LIMIT) -> np.ndarray:
    return np.clip(np.rint(rows / scale[:, None]), -limit, limit)


def spread(rows: np.ndarray, scale: np.ndarray, covariance: np.ndarray, limit: int = LIMIT) -> np.ndarray:
    """Rounds the rows' columns one by one, the one with most variance first."""
    size = len(covariance)
    damped = covariance + np.eye(size) * (DAMPING * np.trace(covariance) / size + 1e-12)
    order = np.argsort(-np.diag(damped), kind="stable")
    inverse = np.linalg.inv(damped[np.ix_(order, order)])
    factor = np.linalg.cholesky((inverse + inverse.T) / 2).T
    left = rows[:, order].astype(np.float64)
    steps = np.empty_like(left)
    for column in range(size):
        steps[:, column] = nearest(left[:, column : column + 1], scale, limit)[:, 0]
        error = (left[:, column] - steps[:, column] * scale) / factor[column, column]
        left[:, column + 1 :] -= np.outer(error, factor[column, column + 1 :])
    return steps[:, np.argsort(order)]


def rounded(
    weights: np.ndarray, bias: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> Rounded:
    """Rounds a layer's weights. Of `mean` and `covariance` there is one for all
    output channels, or one for each (depthwise)."""
    rows = weights.reshape(len(weights), -1)
    scale = scales(rows)
    if len(covariance) == 1:
        steps = spread(rows, scale, covariance[0])
    else:
        each = zip(rows, scale, covariance, strict=True)
        steps = np.concatenate([spread(r[None], s[None], c) for r, s, c in each])
    shift = ((rows - steps * scale[:, None]) * mean).sum(axis=1)
    return Rounded(steps.reshape(weights.shape).astype(np.int8), scale, bias + shift)
