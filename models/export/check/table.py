"""What was tried, as a table in a document."""

import re
from dataclasses import dataclass
from pathlib import Path

from archives import Model

BEGIN = "<!-- tried: by make check-models -->\n"
END = "<!-- /tried -->"
HEAD = ("file", "licence", "answers")


@dataclass
class Row:
    """What came of a model. `runs`: onnxruntime itself can run it. `good`: `outcome` is what is right."""

    model: Model
    runs: bool
    outcome: str
    good: bool


def write(document: Path, introduction: str, rows: list[Row]) -> None:
    """Replaces what is between the two marks."""
    cells = [HEAD, *(cells_of(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    text = document.read_text()
    between = re.compile(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", re.DOTALL)
    if not between.search(text):
        raise ValueError(f"{document} has no marks for the table")
    table = f"\n{introduction}\n\n" + "\n".join(lines) + "\n\n"
    document.write_text(between.sub(lambda _: table, text))


def cells_of(row: Row) -> tuple[str, str, str]:
    # Without what the server advises.
    outcome = ": ".join(row.outcome.split(": ")[:2])
    if not row.runs:
        outcome += " (nor does onnxruntime run it)"
    return row.model.source, row.model.licence or "generated", outcome
