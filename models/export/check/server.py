"""`ortolan serve` on a free port, as a process of its own, until the block ends."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from odd.case import Case
from odd.types import identity

ROOT = Path(__file__).parents[3]
START_SECONDS = 300
ANSWER_SECONDS = 40
DEFAULT = "control"
# Nothing is refused for being late, and all models load however long that takes.
OPTIONS = ["--port=0", "--workers=2", "--slo-p99-ms=60000", "--log-level=INFO", "--device=cpu"]


class Server:
    def __init__(self, models: Path) -> None:
        # The server ends when its default model cannot be loaded: this one can.
        Case(DEFAULT, "y = x", identity("float")).write(models / DEFAULT / "1")
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False)
        command = [ROOT / "bin/ortolan", "serve", f"--models={models}", f"--default-model={DEFAULT}", *OPTIONS]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORTOLAN_", "OTEL_"))}
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, env=kept, cwd=self.log_folder)
        self.port = 0

    @property
    def log_folder(self) -> str:
        # Without a configuration file in it.
        return tempfile.gettempdir()

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.tail()}")
            self.port = self.port or self.listening()
            if self.port and not {"waiting", "loading"} & {state for state, _ in self.models().values()}:
                return self
            time.sleep(0.2)
        raise RuntimeError(f"the server was not ready within {START_SECONDS} s: {self.tail()}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        Path(self.log.name).unlink(missing_ok=True)

    def lines(self) -> list[dict]:
        text = Path(self.log.name).read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]

    def listening(self) -> int:
        urls = (line["url"] for line in self.lines() if line["message"] == "listening")
        return next((int(url.rsplit(":", 1)[1]) for url in urls), 0)

    def tail(self) -> str:
        return Path(self.log.name).read_text()[-2000:]

    def models(self) -> dict[str, tuple[str, str]]:
        """State and reason of each model."""
        status, _, body = self.ask("GET", "/health")
        return {model["name"]: (model["state"], model.get("reason") or "") for model in json.loads(body)["models"]}

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
        """Status, headers and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()
