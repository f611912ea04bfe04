"""Runs checks one after another and prints a line for each: `ok NAME`, or `FAULT NAME: why`.

A check is a function that raises when what it saw is not what its name says. Each takes the address of the
server, `127.0.0.1:8000`, which is the first argument of the program.
"""

import sys
import traceback
from collections.abc import Callable

Check = Callable[[str], None]


def name_of(check: Check) -> str:
    """Its sentence, without the final full stop."""
    return (check.__doc__ or check.__name__).strip().rstrip(".")


def say(check: Check, address: str) -> bool:
    """Runs one; says how it went."""
    try:
        check(address)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)
        line = next((frame.lineno for frame in reversed(place) if frame.name == check.__name__), 0)
        why = " ".join(f"line {line}: {type(error).__name__}: {error}".split())
        print(f"FAULT {name_of(check)}: {why[:600]}", flush=True)
        return False
    print(f"ok {name_of(check)}", flush=True)
    return True


def main(version: str, checks: list[Check]) -> None:
    """Ends with 1 when a check failed. `version`: of the client, printed first."""
    print(version, flush=True)
    failed = [check for check in checks if not say(check, sys.argv[1])]
    sys.exit(1 if failed else 0)


def refused(run: Callable[[], object], error: type[Exception]) -> Exception:
    """What `run` raises; it has to."""
    try:
        run()
    except error as raised:
        return raised
    raise AssertionError("it was not refused")
