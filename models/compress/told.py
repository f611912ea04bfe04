"""What is told: lines of JSON on stdout, which the command reads (src/python/program.ts)."""

import json
import sys


class Refused(Exception):
    """What was given cannot be done: the message is a sentence for people."""


def step(name: str, done: int = 0, of: int = 0) -> None:
    """How far a step is; without numbers, nobody knows."""
    say({"step": name, "done": done, "of": of})


def say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


def run(work: object) -> None:
    """Does a task, which is the only argument, and tells its result or why it was refused."""
    try:
        say({"result": work(json.loads(sys.argv[1]))})
    except Refused as refusal:
        say({"refused": str(refusal)})
        sys.exit(3)
