"""The odd files: what Pillow makes of images that say how they are to be turned, are damaged, or are of rare kinds.

`files` gives each as base64, with the size and the digest of its RGB pixels
after `ImageOps.exif_transpose`.
"""

import base64
import hashlib
import io
import struct
import zlib
from collections.abc import Iterator

import PIL
from PIL import Image, ImageOps

from containers import (
    BITSTREAM,
    DATA,
    END,
    HEIGHT,
    PICTURE,
    PIXELS,
    PROFILE,
    SIGNATURE,
    WIDTH,
    WITHOUT_TAG,
    XMP_HEAD,
    XMP_NAME,
    attribute,
    before,
    behind,
    chunk,
    element,
    encoded,
    extended,
    frame,
    international,
    jpeg,
    packed,
    part,
    plain,
    png,
    profile,
    tiff,
    turned,
)

# 12 x 8 pixels, written by libjpeg-turbo 3.1.
ARITHMETIC = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIU"
    "FRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/yQARCAAIAAwDAREA"
    "AhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/ALlQRHH0I6BBqR6y0FuvepKfv5qUmpopnKYieu9LHWGHxiX5gs5J5DoBi70a2jog/9k="
)
ARITHMETIC_PROGRESSIVE = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIU"
    "FRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/ygARCAAIAAwDAREA"
    "AhEBAxEB/8wABgAQARD/2gAMAwEAAhADEAAAAf8AckoAfd0OnqZU/8wABBAF/9oACAEBAAEFAhYDCCTd/wAGsP/MAAQRBf/aAAgBAwEBPwEWLvwN5HrW"
    "vsD/zAAEEQX/2gAIAQIBAT8BOH1pW5ltpP/MAAQQBf/aAAgBAQAGPwIKzOD/zAAEEAX/2gAIAQEAAT8h0vGJ3P/aAAwDAQACAAMAAAAQoP/MAAQRBf/a"
    "AAgBAwEBPxAg/8wABBEF/9oACAECAQE/EFGs/8wABBAF/9oACAEBAAE/EEvGFDD/2Q=="
)
LOSSLESS = (
    "/9j/7gAOQWRvYmUAZAAAAAAA/8MAEQgACAAMA1IRAEcRAEIRAP/EABgAAQEBAQEAAAAAAAAAAAAAAAAFCAYH/9oADANSAEcAQgABAADP+f8AzKqViqVS"
    "qViqVWmapWKo6BVKxVKpVKxVKrTNUrFUdAqlYqlUqlYqlVpmqViqOgVSsVSqVSsVSq0zVKxVHQKpWKpVKpWKpVaZqlYqi+qlYqlUqlYqlVpmqViqOgVS"
    "sVSqVSsVSq0zVKxVHQKpWKpVKpWKpVaZqlYqn//Z"
)

EXIF = b"Exif\0\0"
ORDERS = {"little": "<", "big": ">"}
# Number of the type, and how struct packs a value of it that fits into the entry.
TYPES = {"SHORT": (3, "H"), "LONG": (4, "I"), "SBYTE": (6, "b"), "SSHORT": (8, "h"), "SLONG": (9, "i"), "IFD": (13, "I")}
AFTER_ENTRY = 26


def orientations() -> Iterator[tuple[str, bytes]]:
    for orientation in range(1, 9):
        yield f"JPEG, EXIF {orientation}", jpeg(EXIF + turned(orientation))
        yield f"PNG, eXIf {orientation}", before(chunk(b"eXIf", turned(orientation)))
        yield f"WebP, EXIF {orientation}", extended(8, BITSTREAM, part(b"EXIF", turned(orientation)))


def exif() -> Iterator[tuple[str, bytes]]:
    for name, order in ORDERS.items():
        for kind, (number, format) in TYPES.items():
            yield f"JPEG, EXIF {kind}, {name}-endian", jpeg(EXIF + tiff(order, number, struct.pack(order + format, 6)))
        elsewhere = struct.pack(order + "I", AFTER_ENTRY)
        outside = {
            "RATIONAL": (5, 1, struct.pack(order + "II", 12, 2)),
            "DOUBLE": (12, 1, struct.pack(order + "d", 6)),
            "LONG8": (16, 1, struct.pack(order + "Q", 6)),
            "three SHORTs": (3, 3, struct.pack(order + "HHH", 6, 8, 1)),
        }
        for kind, (number, count, extra) in outside.items():
            block = tiff(order, number, elsewhere, extra, count=count)
            yield f"JPEG, EXIF {kind}, {name}-endian", jpeg(EXIF + block)
    yield "JPEG, EXIF FLOAT", jpeg(EXIF + tiff("<", 11, struct.pack("<f", 6)))
    yield "JPEG, EXIF ASCII", jpeg(EXIF + tiff("<", 2, b"6\0", count=2))
    yield "JPEG, EXIF BYTE", jpeg(EXIF + tiff("<", 1, b"\6"))
    yield "JPEG, EXIF LONG of 65542", jpeg(EXIF + tiff("<", 4, struct.pack("<I", 65542)))
    yield "JPEG, EXIF 9", jpeg(EXIF + turned(9))
    yield "JPEG, EXIF prefix twice", jpeg(EXIF + EXIF + turned(6))
    yield "JPEG, EXIF cut in two", jpeg(EXIF + turned(6)[:14], EXIF + turned(6)[14:])
    yield "JPEG, EXIF 8, then 6", jpeg(EXIF + turned(8), EXIF + turned(6))
    yield "JPEG, EXIF with the value outside", jpeg(EXIF + tiff("<", 3, struct.pack("<I", 999), count=3))


def xmp() -> Iterator[tuple[str, bytes]]:
    yield "JPEG, XMP attribute", jpeg(XMP_HEAD + attribute(8))
    yield "JPEG, XMP element", jpeg(XMP_HEAD + element(8))
    yield "JPEG, XMP 8, then 6", jpeg(XMP_HEAD + attribute(8), XMP_HEAD + attribute(6))
    yield "JPEG, XMP in single quotes", jpeg(XMP_HEAD + attribute(8).replace(b'"', b"'"))
    yield "JPEG, XMP 8, EXIF 6", jpeg(XMP_HEAD + attribute(8), EXIF + turned(6))
    yield "JPEG, XMP 8, EXIF 9", jpeg(XMP_HEAD + attribute(8), EXIF + turned(9))
    yield "JPEG, XMP 8, EXIF without the tag", jpeg(XMP_HEAD + attribute(8), EXIF + WITHOUT_TAG)
    yield "JPEG, XMP 8, EXIF of no bytes", jpeg(XMP_HEAD + attribute(8), EXIF)


def png_metadata() -> Iterator[tuple[str, bytes]]:
    for where, put in {"before": before, "behind": behind}.items():
        yield f"PNG, eXIf {where} IDAT", put(chunk(b"eXIf", turned(6)))
        yield f"PNG, tEXt profile {where} IDAT", put(plain(PROFILE, profile(EXIF + turned(6))))
        yield f"PNG, zTXt profile {where} IDAT", put(packed(PROFILE, profile(EXIF + turned(6))))
        yield f"PNG, iTXt profile {where} IDAT", put(international(PROFILE, profile(turned(6))))
        yield f"PNG, iTXt XMP {where} IDAT", put(international(XMP_NAME, attribute(8)))
        yield f"PNG, packed iTXt XMP {where} IDAT", put(international(XMP_NAME, element(8), pack=True))
        yield f"PNG, tEXt XMP {where} IDAT", put(plain(XMP_NAME, attribute(8)))
    yield "PNG, eXIf with a prefix", before(chunk(b"eXIf", EXIF + turned(6)))
    yield "PNG, tEXt of EXIF as it is", before(plain(b"exif", turned(6)))
    yield "PNG, another raw profile", before(plain(b"Raw profile type APP1", profile(EXIF + turned(6))))
    yield "PNG, eXIf 6, profile 8", behind(chunk(b"eXIf", turned(6)), plain(PROFILE, profile(turned(8))))
    yield "PNG, eXIf without the tag, profile 8", behind(chunk(b"eXIf", WITHOUT_TAG), plain(PROFILE, profile(turned(8))))
    yield "PNG, profile without the tag, XMP 8", behind(plain(PROFILE, profile(WITHOUT_TAG)), plain(XMP_NAME, attribute(8)))
    yield "PNG, eXIf 6, XMP 8", behind(chunk(b"eXIf", turned(6)), international(XMP_NAME, attribute(8)))
    yield "PNG, eXIf 6 before IDAT, 8 behind", png(chunk(b"eXIf", turned(6)), PIXELS, chunk(b"eXIf", turned(8)), END)
    yield "PNG, eXIf behind IEND", before() + chunk(b"eXIf", turned(6))


def webp_metadata() -> Iterator[tuple[str, bytes]]:
    six, eight = part(b"EXIF", turned(6)), part(b"EXIF", turned(8))
    yield "WebP, EXIF with a prefix", extended(8, BITSTREAM, part(b"EXIF", EXIF + turned(6)))
    yield "WebP, EXIF before the picture", extended(8, six, BITSTREAM)
    yield "WebP, EXIF without its flag", extended(0, BITSTREAM, six)
    yield "WebP, EXIF 6, then 8", extended(8, BITSTREAM, six, eight)
    yield "WebP, XMP", extended(4, BITSTREAM, part(b"XMP ", attribute(8)))
    yield "WebP, XMP without its flag", extended(8, BITSTREAM, part(b"XMP ", attribute(8)))
    yield "WebP, XMP 8, EXIF 6", extended(12, BITSTREAM, six, part(b"XMP ", attribute(8)))
    yield "WebP, XMP 8, EXIF without the tag", extended(12, BITSTREAM, part(b"EXIF", WITHOUT_TAG), part(b"XMP ", attribute(8)))


def frames() -> Iterator[tuple[str, bytes]]:
    def announced(count: int) -> bytes:
        return chunk(b"acTL", struct.pack(">II", count, 0))

    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, WIDTH, HEIGHT, 0, 0, 1, 10, 0, 0))
    other = chunk(b"fdAT", struct.pack(">I", 1) + DATA[::-1])
    yield "APNG of one frame", png(announced(1), control, PIXELS, END)
    yield "APNG of one frame and another picture", png(announced(1), PIXELS, control, other, END)
    yield "APNG of no frames", png(announced(0), control, PIXELS, END)
    yield "APNG announced twice", png(announced(2), announced(2), control, PIXELS, END)
    start = part(b"ANIM", bytes(6))
    yield "animated WebP of one frame", extended(2, start, frame(BITSTREAM))
    yield "animated WebP of one frame with EXIF", extended(10, start, frame(BITSTREAM), part(b"EXIF", turned(6)))
    corner = encoded("WEBP", Image.new("RGB", (1, 2), (9, 99, 199)), lossless=True)[12:]
    yield "animated WebP of one small frame", extended(2, start, frame(corner, left=2, width=1))


def damaged() -> Iterator[tuple[str, bytes]]:
    half = len(DATA) // 2
    halves = chunk(b"IDAT", DATA[:half], 1), chunk(b"IDAT", DATA[half:])
    yield "PNG, wrong checksum of IDAT", png(chunk(b"IDAT", DATA, 1), END)
    yield "PNG, wrong checksum of the first IDAT", png(*halves, END)
    yield "PNG, wrong checksum of IDAT, turned", png(chunk(b"eXIf", turned(6)), chunk(b"IDAT", DATA, 1), END)
    yield "PNG, wrong checksum of IEND", png(PIXELS, chunk(b"IEND", b"", 1))
    yield "PNG, wrong checksum behind IDAT", png(PIXELS, chunk(b"tEXt", b"a\0b", 1), END)
    yield "PNG, no IEND", png(PIXELS)
    yield "PNG, cut in the checksum of IDAT", png(PIXELS)[:-2]
    yield "PNG, cut in IEND", png(PIXELS, END)[:-6]
    yield "PNG, unknown chunk that may not be skipped", png(chunk(b"ABCD", b"x"), PIXELS, END)


def rare() -> Iterator[tuple[str, bytes]]:
    yield "JPEG, arithmetic coding", base64.b64decode(ARITHMETIC)
    yield "JPEG, arithmetic coding, progressive", base64.b64decode(ARITHMETIC_PROGRESSIVE)
    yield "JPEG, lossless", base64.b64decode(LOSSLESS)


def palette_of(depth: int) -> bytes:
    colours = bytes(i * i * 59 & 255 for i in range(3 * 2**depth))
    return chunk(b"PLTE", colours) + chunk(b"tRNS", colours[:2])


def depths() -> Iterator[tuple[str, bytes]]:
    """The kinds of PNG and WebP. Not grey of 16 bits, of which Pillow clips all above 255."""
    noise = bytes(i * i * 37 & 255 for i in range(WIDTH * 8))
    colours = {"grey": 0, "RGB": 2, "palette": 3, "grey with alpha": 4, "RGB with alpha": 6}
    samples = {"RGB": 3, "grey with alpha": 2, "RGB with alpha": 4}
    for name, colour in colours.items():
        bits = {"grey": (1, 2, 4, 8), "palette": (1, 2, 4, 8)}.get(name, (8, 16))
        for depth in bits:
            row = b"\0" + noise[: (WIDTH * depth * samples.get(name, 1) + 7) // 8]
            header = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, 0))
            palette = palette_of(depth) if name == "palette" else b""
            data = chunk(b"IDAT", zlib.compress(row * HEIGHT))
            yield f"PNG, {name} of {depth} bits", SIGNATURE + header + palette + data + END
    faded = PICTURE.copy()
    faded.putalpha(Image.linear_gradient("L").resize((WIDTH, HEIGHT)))
    yield "WebP, lossy", encoded("WEBP", quality=80)
    yield "WebP, lossy with alpha", encoded("WEBP", faded, quality=80)
    yield "WebP, lossless with alpha", encoded("WEBP", faded, lossless=True)


def described(name: str, file: bytes) -> dict[str, object]:
    with Image.open(io.BytesIO(file)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return {
        "name": name,
        "file": base64.b64encode(file).decode(),
        "width": upright.width,
        "height": upright.height,
        "sha256": hashlib.sha256(upright.tobytes()).hexdigest(),
    }


def files() -> dict[str, object]:
    kinds = (orientations, exif, xmp, png_metadata, webp_metadata, frames, damaged, rare, depths)
    return {"pillow": PIL.__version__, "files": [described(name, file) for kind in kinds for name, file in kind()]}
