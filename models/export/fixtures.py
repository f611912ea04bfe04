"""The fixtures: the photographs that the tests of the server decode.

They come from scikit-image and scikit-learn, which ship them with free
licences (test/fixtures/photos/README.md). What is a JPEG already stays as it
is, byte for byte; the rest is encoded here.
"""

from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile

from PIL import Image

QUALITY = 92


def shipped(package: str, path: str) -> Path:
    """A file that an installed package carries."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(package)
    return Path(spec.origin).parent / path


def skimage(name: str) -> Path:
    return shipped("skimage", f"data/{name}")


def sklearn(name: str) -> Path:
    return shipped("sklearn", f"datasets/images/{name}")


def write(folder: Path) -> None:
    """Writes the photographs into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    copyfile(skimage("rocket.jpg"), folder / "rocket.jpg")
    copyfile(sklearn("china.jpg"), folder / "china.jpg")
    copyfile(sklearn("flower.jpg"), folder / "flower.jpg")
    encode(skimage("chelsea.png"), "RGB", folder / "cat.jpg")
    encode(skimage("coffee.png"), "RGB", folder / "coffee.jpg")
    encode(skimage("coffee.png"), "RGB", folder / "coffee-progressive.jpg", progressive=True)
    encode(skimage("camera.png"), "L", folder / "tripod.jpg")
    copyfile(skimage("coffee.png"), folder / "coffee.png")


def encode(source: Path, mode: str, target: Path, progressive: bool = False) -> None:
    """Encodes a photograph as JPEG, without metadata."""
    with Image.open(source) as photo:
        plain = Image.frombytes(mode, photo.size, photo.convert(mode).tobytes())
    plain.save(target, quality=QUALITY, progressive=progressive, optimize=progressive)
