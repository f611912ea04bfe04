"""The containers: JPEG, PNG and WebP put together piece by piece around one small picture."""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

WIDTH, HEIGHT = 3, 2
SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
PROFILE = b"Raw profile type exif"
XMP_NAME = b"XML:com.adobe.xmp"

PICTURE = Image.new("RGB", (WIDTH, HEIGHT))
PICTURE.putdata([(i * 40, 255 - i * 30, i * i * 7) for i in range(WIDTH * HEIGHT)])


def encoded(kind: str, image: Image.Image = PICTURE, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


JPEG = encoded("JPEG", quality=90, subsampling=0, optimize=True)
PNG = encoded("PNG")
WEBP = encoded("WEBP", lossless=True)


def tiff(order: str, kind: int, value: bytes, extra: bytes = b"", tag: int = 0x0112, count: int = 1) -> bytes:
    """A TIFF block with one entry. order: "<" or ">"; kind: 3 SHORT, 4 LONG, ..."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    entry = struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0")[:4]
    return head + struct.pack(order + "H", 1) + entry + bytes(4) + extra


def turned(orientation: int) -> bytes:
    return tiff(">", 3, struct.pack(">H", orientation))


WITHOUT_TAG = tiff("<", 3, b"\1\0", tag=0x0100)


def attribute(orientation: int) -> bytes:
    space = b"xmlns:tiff='http://ns.adobe.com/tiff/1.0/'"
    return b'<rdf:Description %s tiff:Orientation="%d"/>' % (space, orientation)


def element(orientation: int) -> bytes:
    return b"<rdf:Description><tiff:Orientation>%d</tiff:Orientation></rdf:Description>" % orientation


def jpeg(*segments: bytes) -> bytes:
    heads = [b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment for segment in segments]
    return JPEG[:2] + b"".join(heads) + JPEG[2:]


def chunk(name: bytes, data: bytes, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(name + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        end = at + 8 + int.from_bytes(png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : end]
        at = end + 4


HEADER = chunk(*next(chunks(PNG)))
DATA = next(data for name, data in chunks(PNG) if name == b"IDAT")
PIXELS, END = chunk(b"IDAT", DATA), chunk(b"IEND", b"")


def png(*parts: bytes) -> bytes:
    return SIGNATURE + HEADER + b"".join(parts)


def before(*parts: bytes) -> bytes:
    return png(*parts, PIXELS, END)


def behind(*parts: bytes) -> bytes:
    return png(PIXELS, *parts, END)


def profile(block: bytes) -> bytes:
    digits = block.hex().encode()
    lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return b"\nexif\n%8d\n%s\n" % (len(block), lines)


def plain(keyword: bytes, text: bytes) -> bytes:
    return chunk(b"tEXt", keyword + b"\0" + text)


def packed(keyword: bytes, text: bytes) -> bytes:
    return chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(text))


def international(keyword: bytes, text: bytes, pack: bool = False) -> bytes:
    text = zlib.compress(text) if pack else text
    return chunk(b"iTXt", keyword + (b"\0\1\0" if pack else b"\0\0\0") + b"en\0x\0" + text)


def riff(*parts: bytes) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def part(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) & 1)


def extended(flags: int, *parts: bytes) -> bytes:
    size = struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3]
    return riff(part(b"VP8X", bytes([flags, 0, 0, 0]) + size), *parts)


BITSTREAM = WEBP[12:]


def frame(bitstream: bytes, left: int = 0, top: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """One frame of an animation, with its image data."""
    numbers = (left // 2, top // 2, width - 1, height - 1, 100)
    return part(b"ANMF", b"".join(struct.pack("<I", number)[:3] for number in numbers) + b"\0" + bitstream)
