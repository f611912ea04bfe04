"""Trainers for `ortolan pipeline run`, and the data that comes with them.

    python models/retrain data --out DIR              digits of scikit-learn: train.npz, held-out.npz
    python models/retrain digits --data train.npz     a classifier of digits, from that and from feedback
    python models/retrain head                        a new last layer for the model in the box, from feedback

A trainer writes `model.onnx` into the folder of TRAIN_OUT; TRAIN_CHAMPION is the version that answers now, and TRAIN_DATA
the labelled inputs that the pipeline has collected. The same data give the same model.
"""

import argparse
import os
import sys
from pathlib import Path

from refusal import Refusal


def folder_of(name: str) -> Path:
    """The folder that a variable of the pipeline names."""
    value = os.environ.get(name)
    if not value:
        raise Refusal(f"{name} is not set: run this by ortolan pipeline run")
    return Path(value)


def make_data(arguments: argparse.Namespace) -> None:
    import digits

    digits.write_data(arguments.out)


def train_digits(arguments: argparse.Namespace) -> None:
    import digits

    feedback = os.environ.get("TRAIN_DATA")
    digits.train(
        arguments.data,
        folder_of("TRAIN_OUT"),
        feedback=Path(feedback) if feedback else None,
        rows=arguments.rows,
        shifted=arguments.shifted,
    )


def train_head(arguments: argparse.Namespace) -> None:
    import head

    head.train(
        champion=folder_of("TRAIN_CHAMPION"),
        data=folder_of("TRAIN_DATA"),
        out=folder_of("TRAIN_OUT"),
        strength=arguments.strength,
    )


def commands() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="models/retrain", description=__doc__.split("\n")[0])
    below = parser.add_subparsers(required=True, metavar="COMMAND")

    data = below.add_parser("data", help="write the digits as training and held-out data")
    data.add_argument("--out", type=Path, required=True, help="a folder, made where it is not there")
    data.set_defaults(run=make_data)

    digits = below.add_parser("digits", help="train a classifier of digits")
    digits.add_argument("--data", type=Path, required=True, help="train.npz")
    digits.add_argument("--rows", type=int, help="train on the first so many of them only")
    digits.add_argument(
        "--shifted", action="store_true", help="train also on each digit moved by one pixel in four directions"
    )
    digits.set_defaults(run=train_digits)

    head = below.add_parser("head", help="train a new last layer on the features of the champion")
    head.add_argument(
        "--strength",
        type=float,
        default=0.01,
        help="how strongly weights are held to those of the champion; with more examples less is right",
    )
    head.set_defaults(run=train_head)
    return parser


def main() -> int:
    arguments = commands().parse_args()
    try:
        arguments.run(arguments)
    except Refusal as refusal:
        print(f"retrain: {refusal}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
