"""One model: what onnxruntime answers, what the server answers in each protocol, and whether that is right."""

from concurrent.futures import ThreadPoolExecutor

import numpy
import onnxruntime

import tensors
from archives import Model
from feeds import tensor_outputs, usable
from odd.case import Feeds
from protocols import PROTOCOLS, Answers, Refused, TooLong
from server import Server
from table import Row
from verdict import Differs, compare

AT_ONCE = 8
AT_ONCE_BY = ("v2 binary", "v2 JSON", "v1 JSON", "v1 raw", "v1 npy")
# One tensor as it is, without a name.
OCTETS = ("v1 raw", "v1 npy")


class Reference:
    """onnxruntime itself. `error`: why it cannot run the model at all. `others`: it has outputs that are no tensors."""

    def __init__(self, model: Model) -> None:
        self.error = ""
        self.others = False
        self.lacked_memory = False
        self.feeds: list[Feeds] = []
        try:
            self.session = onnxruntime.InferenceSession(model.path, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has no common class for them
            self.error = str(error).split(" : ", 3)[-1].strip()
            return
        self.names = tensor_outputs(self.session)
        self.others = len(self.session.get_outputs()) > len(self.names)
        self.feeds = model.feeds or (usable(self.session) if self.names else [])
        if not self.feeds:
            self.error = "no output is a tensor" if not self.names else "it runs no input that was tried"

    def repeats(self) -> bool:
        """Whether the same inputs have the same answers: not with noise in the model."""
        return all(same(self.answers(feeds), self.answers(feeds)) for feeds in self.feeds)

    def answers(self, feeds: Feeds) -> Answers | None:
        """None when the run fails."""
        try:
            return dict(zip(self.names, map(numpy.asarray, self.session.run(self.names, feeds))))
        except Exception as error:
            # The server says of this one that it is at fault: it lacks the memory.
            self.lacked_memory = "Failed to allocate" in str(error)
            return None


def same(one: Answers | None, other: Answers | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(array.tobytes() == other[name].tobytes() for name, array in one.items() if array.dtype != object)


def check(model: Model, server: Server, state: tuple[str, str], protocols: list[str]) -> Row:
    reference = Reference(model)
    if state[0] != "ready":
        reason = " ".join(state[1].split())
        # A map or a sequence needs a model.json that leaves it out.
        return Row(model, not reference.error, f"{state[0]}: {reason}", bool(reference.error) or reference.others)
    if reference.error:
        return Row(model, False, "served, though onnxruntime does not run it", False)
    if not reference.repeats():
        return Row(model, True, "served; its answers are random", True)
    try:
        worst = max((ask(server, model.name, reference, name) for name in protocols), default=0.0)
        together = next(name for name in AT_ONCE_BY if name in protocols)
        worst = max(worst, at_once(server, model.name, reference, together))
    except (Differs, Refused, OSError) as error:
        return Row(model, True, f"served, but {error}", False)
    return Row(model, True, "equal" if worst == 0 else f"equal but for rounding ({worst:.0e})", True)


def ask(server: Server, model: str, reference: Reference, protocol: str) -> float:
    """Every feed in one protocol."""
    worst = 0.0
    for feeds in reference.feeds:
        expected = reference.answers(feeds)
        if not carries(protocol, feeds, expected):
            continue
        try:
            found = PROTOCOLS[protocol](server, model, feeds)
        except TooLong:
            continue
        except OSError as error:
            raise Differs(f"{protocol}: no answer: {error!r}") from error
        except Refused as refused:
            if expected is None and (refused.status == 400 or reference.lacked_memory):
                continue
            raise Differs(f"{protocol}: {refused}") from refused
        if expected is None:
            raise Differs(f"{protocol}: 200 for an input that onnxruntime refuses")
        if protocol in OCTETS:
            (name, array), (octets,) = next(iter(expected.items())), found.values()
            if octets.size != len(tensors.raw(array)):
                raise Differs(f"{protocol}: {octets.size} bytes instead of {len(tensors.raw(array))}")
            found = {name: tensors.array(tensors.datatype(array), list(array.shape), octets.tobytes())}
        try:
            worst = max(worst, compare(expected, found))
        except Differs as differs:
            raise Differs(f"{protocol}: {differs}") from differs
    return worst


def carries(protocol: str, feeds: Feeds, expected: Answers | None) -> bool:
    """Whether the protocol has a form for these inputs and these answers."""
    arrays = [*feeds.values(), *(expected or {}).values()]
    if protocol in OCTETS:
        one = len(feeds) == 1 and len(expected or {}) == 1
        return one and all(tensors.datatype(array) != "BYTES" and array.size > 0 for array in arrays)
    if protocol.startswith("v2") and not feeds:
        return False  # a request has at least one input
    if "JSON" in protocol:
        finite = all(array.dtype.kind != "f" or bool(numpy.isfinite(array).all()) for array in arrays)
        return finite and all(array.dtype != numpy.float16 for array in arrays)
    return True


def at_once(server: Server, model: str, reference: Reference, protocol: str) -> float:
    """The same inputs from many clients at the same time, so that rows of several may be joined."""
    asked = [feeds for feeds in reference.feeds if carries(protocol, feeds, reference.answers(feeds) or {})]
    asked = [feeds for feeds in asked if reference.answers(feeds) is not None]
    if protocol in OCTETS or not asked:
        return 0.0
    asked = (asked * AT_ONCE)[: max(AT_ONCE, len(asked))]
    try:
        with ThreadPoolExecutor(AT_ONCE) as clients:
            found = list(clients.map(lambda feeds: PROTOCOLS[protocol](server, model, feeds), asked))
        return max(compare(reference.answers(feeds) or {}, answers) for feeds, answers in zip(asked, found))
    except TooLong:
        return 0.0
    except Differs as differs:
        raise Differs(f"{AT_ONCE} clients at once: {differs}") from differs
