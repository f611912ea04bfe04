"""Small models, one for each type and shape that a server may take for another."""

from . import files, outputs, rows, shapes, types
from .case import Case


def all_cases() -> list[Case]:
    return [case for part in (types, shapes, rows, outputs, files) for case in part.cases()]
