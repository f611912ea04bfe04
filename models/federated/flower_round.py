"""Runs federated training with Flower on this machine, without a network: a superlink, supernodes with a part of the digits
each, and the app beside this file. Writes the model to `--out`. Ends every process that it has started, however it ends.

    python models/federated/flower_round.py --out digits/2/model.onnx
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
WAIT_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def started(stack: ExitStack, env: dict, log: Path, name: str, *arguments: str) -> subprocess.Popen:
    """A process in a group of its own, with the processes that it starts; the group is ended with the stack."""
    output = stack.enter_context(log.open("ab"))
    child = subprocess.Popen(
        [str(BIN / name), *arguments], env=env, stdout=output, stderr=output, start_new_session=True
    )
    stack.callback(ended, child)
    return child


def ended(child: subprocess.Popen) -> None:
    # On the first they end what they have started themselves, in groups of its own.
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(timeout=15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", required=True, type=Path, help="the model.onnx to write")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=2)
    given = parser.parse_args()
    # So that what was started is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    out = given.out.resolve()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = folder / "log"
        port = free_port()
        (folder / "config.toml").write_text(
            f'[superlink]\ndefault = "here"\n\n[superlink.here]\naddress = "127.0.0.1:{port}"\ninsecure = true\n'
        )
        env = {**os.environ, "FLWR_HOME": str(folder), "FLWR_TELEMETRY_ENABLED": "0"}
        env["PATH"] = f"{BIN}{os.pathsep}{env['PATH']}"
        link = ("--insecure", "--host", "127.0.0.1", "--port", str(port))
        # It would fetch what the app depends on; that is installed.
        started(stack, env, log, "flower-superlink", *link, "--disable-runtime-dependency-installation")
        if not listens_soon(port):
            return told(log, "the superlink does not listen")
        for place in range(given.nodes):
            node = f"partition-id={place} partitions={given.nodes}"
            own = ("--port", str(free_port()), "--node-config", node)
            started(stack, env, log, "flower-supernode", "--insecure", "--superlink", f"127.0.0.1:{port}", *own)
        config = f'rounds={given.rounds} out="{out}"'
        run = [str(BIN / "flwr"), "run", str(HERE / "app"), "here", "--stream", "--run-config", config]
        code = subprocess.run(run, env=env, check=False).returncode
        if code != 0 or not out.exists():
            return told(log, f"flwr run has ended with exit code {code}, and {out} is not there")
    return 0


def listens_soon(port: int) -> bool:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        if listens(port):
            return True
        time.sleep(0.2)
    return False


def told(log: Path, what: str) -> int:
    print(f"{what}:\n{log.read_text(errors='replace')[-4000:]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
