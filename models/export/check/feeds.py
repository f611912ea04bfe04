"""Inputs for any model: for lengths that may differ some are tried, and those that onnxruntime runs are used."""

import itertools
import zlib

import numpy
import onnxruntime

from odd.case import Feeds

FLOATS = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64, "tensor(float16)": numpy.float16}
INTEGERS = {f"tensor({kind})": getattr(numpy, kind) for kind in ("int8", "int16", "int32", "int64")}
UNSIGNED = {f"tensor({kind})": getattr(numpy, kind) for kind in ("uint8", "uint16", "uint32", "uint64")}
SAMPLES_A_SECOND = 16000
BATCHES = (3, 1)
# 512 and 576 samples are what voice detectors take at once.
LENGTHS = (32, 48, 96, 512, 576, 1000)
# Word numbers; then what a mask or a kind may be.
INTEGERS_BELOW = (9, 2)
OF_EACH_BATCH = 2


def usable(session: onnxruntime.InferenceSession) -> list[Feeds]:
    """Feeds that the model runs: two of three rows and two of one row, of other lengths, as far as that is possible."""
    found: list[Feeds] = []
    for batch in BATCHES:
        of_batch: list[Feeds] = []
        for length, below in itertools.product(LENGTHS, INTEGERS_BELOW):
            feeds = filled(session, batch, length, below, seed=len(found) + len(of_batch))
            known = any(shapes(feeds) == shapes(other) for other in found + of_batch)
            if not known and runs(session, feeds):
                of_batch.append(feeds)
            if len(of_batch) == OF_EACH_BATCH:
                break
        found += of_batch
    return found


def runs(session: onnxruntime.InferenceSession, feeds: Feeds) -> bool:
    try:
        session.run(tensor_outputs(session), feeds)
    except Exception:  # onnxruntime has no common class for them
        return False
    return True


def tensor_outputs(session: onnxruntime.InferenceSession) -> list[str]:
    return [output.name for output in session.get_outputs() if output.type.startswith("tensor")]


def filled(session: onnxruntime.InferenceSession, batch: int, length: int, below: int, seed: int) -> Feeds:
    """Of each input, the first length that may differ is `batch`, the others `length`; one name has one length."""
    named: dict[str, int] = {}
    feeds: Feeds = {}
    for spec in session.get_inputs():
        free = (batch, *itertools.repeat(length, len(spec.shape)))
        shape, used = [], 0
        for side in spec.shape:
            if not isinstance(side, int):
                usual, used = free[used], used + 1
                # "?" is how some converters name every length that they do not know.
                side = usual if side in (None, "?") else named.setdefault(side, usual)
            shape.append(side)
        feeds[spec.name] = values(spec, shape, below, seed)
    return feeds


def values(spec, shape: list[int], below: int, seed: int) -> numpy.ndarray:
    random = numpy.random.default_rng([seed, zlib.crc32(spec.name.encode())])
    kind = spec.type
    if kind in FLOATS:
        # Two places: short in JSON.
        return numpy.asarray(random.standard_normal(shape) * 0.5).round(2).astype(FLOATS[kind])
    if kind in INTEGERS | UNSIGNED:
        if shape == []:
            return numpy.array(SAMPLES_A_SECOND, (INTEGERS | UNSIGNED)[kind])
        numbers = random.integers(0, below, shape)
        numbers[..., 0] = 1  # so that no mask is all 0
        return numbers.astype((INTEGERS | UNSIGNED)[kind])
    if kind == "tensor(bool)":
        return numpy.ones(shape, bool)
    words = numpy.array(["ortolan", "linnet", "a", ""], object)
    return random.choice(words, shape)


def shapes(feeds: Feeds) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in feeds.items()}
