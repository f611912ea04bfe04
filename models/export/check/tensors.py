"""Arrays as the Open Inference Protocol carries them: a data type, a shape, and little-endian elements."""

import base64
import struct

import numpy

DATATYPES = {
    "bool": "BOOL", "int8": "INT8", "int16": "INT16", "int32": "INT32", "int64": "INT64",
    "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64",
    "float16": "FP16", "float32": "FP32", "float64": "FP64", "object": "BYTES", "str": "BYTES",
}  # fmt: skip
KINDS = {datatype: kind for kind, datatype in DATATYPES.items() if kind not in ("object", "str")}


def datatype(array: numpy.ndarray) -> str:
    return DATATYPES["str" if array.dtype.kind == "U" else str(array.dtype)]


def raw(array: numpy.ndarray) -> bytes:
    """Elements row by row; of text, each has its length before it."""
    if datatype(array) != "BYTES":
        return array.astype(array.dtype.newbyteorder("<")).tobytes()
    texts = [str(text).encode() for text in array.ravel()]
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


def array(kind: str, shape: list[int], elements: bytes) -> numpy.ndarray:
    """The opposite of raw."""
    if kind != "BYTES":
        return numpy.frombuffer(elements, numpy.dtype(KINDS[kind]).newbyteorder("<")).reshape(shape)
    texts, at = [], 0
    while at < len(elements):
        (length,) = struct.unpack_from("<I", elements, at)
        texts.append(elements[at + 4 : at + 4 + length].decode())
        at += 4 + length
    return numpy.array(texts, object).reshape(shape)


def described(name: str, values: numpy.ndarray) -> dict:
    data = base64.b64encode(raw(values)).decode()
    return {"name": name, "datatype": datatype(values), "shape": list(values.shape), "data": data}
