"""The agreement: how often the int8 network says what the fp32 network says."""

from pathlib import Path

import numpy as np

from references import TOP, probabilities, session


def logits(model: Path, crops: np.ndarray) -> np.ndarray:
    """One row for each crop, run one at a time as the tests do."""
    runs = session(model)
    return np.concatenate([runs.run(None, {"image": crop[None]})[0] for crop in crops])


def share(hits: np.ndarray) -> float:
    return round(float(hits.mean()), 4)


def compare(truth: np.ndarray, answer: np.ndarray) -> dict[str, object]:
    """The measures over rows of logits: fp32's and int8's."""
    expected, given = probabilities(truth), probabilities(answer)
    same = expected.argmax(axis=1) == given.argmax(axis=1)
    surety = expected.max(axis=1)
    top = np.argsort(-given, axis=1, kind="stable")[:, :TOP]
    sure = {
        f"fp32SurerThan{bound}": {
            "crops": int((surety > bound).sum()),
            "top1Agreement": share(same[surety > bound]),
        }
        for bound in (0.3, 0.5)
    }
    return {
        "crops": len(same),
        "top1Agreement": share(same),
        **sure,
        "top5HoldsTop1": share((top == expected.argmax(axis=1)[:, None]).any(axis=1)),
        "meanLargestProbabilityDifference": share(np.abs(expected - given).max(axis=1)),
        "logitRmse": round(float(np.sqrt(((truth - answer) ** 2).mean())), 4),
    }
