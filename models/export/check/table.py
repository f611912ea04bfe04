"""What was tried, as a table in a document."""

import re
from dataclasses import dataclass
from pathlib import Path

from archives import Model

BEGIN = "<!-- written by make check-models ARGS=--write-table -->\n"
END = "<!-- end -->\n"


@dataclass
class Row:
    """`served`: undefined when the server says why not. `outcome`: a few words, `good` when they are what is right."""

    model: Model
    runs: bool
    outcome: str
    good: bool


def write(document: Path, introduction: str, rows: list[Row]) -> None:
    """Replaces what is between the two marks."""
    lines = ["| file | licence | onnxruntime | Ortolan |", "|---|---|---|---|"]
    lines += [
        f"| {row.model.source} | {row.model.licence or '-'} | {'runs' if row.runs else 'does not run'} | {row.outcome} |"
        for row in rows
    ]
    text = document.read_text()
    between = re.compile(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", re.DOTALL)
    if not between.search(text):
        raise ValueError(f"{document} has no marks for the table")
    table = f"\n{introduction}\n\n" + "\n".join(lines) + "\n\n"
    document.write_text(between.sub(lambda _: table, text))
