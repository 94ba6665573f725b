"""The servers that are measured, each pinned to one core."""

import contextlib
import functools
import glob
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
CREDENTIALS = {"email": "user@email.com", "password": "password"}


class Server:
    """A process that listens on loopback, from its start to `stop`."""

    def __init__(self, name, port, command, core=None, environment=None):
        self.name, self.address = name, f"127.0.0.1:{port}"
        pinned = ["taskset", "-c", str(core)] if core is not None else []
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*pinned, *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )

    def ask(self, path, body=None, token=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"http://{self.address}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def log_in(self):
        return json.loads(self.ask("/login", CREDENTIALS))["token"]

    def register(self):
        """Registers a new user, and returns their token."""
        user = {"email": f"{uuid.uuid4()}@example.com", "password": "correct horse battery"}
        return json.loads(self.ask("/register", user))["token"]

    def connect(self):
        host, port = self.address.split(":")
        socket.create_connection((host, port), timeout=10).close()

    def wait(self, ask=None):
        """Returns the seconds from its start to its first answer, whatever that is."""
        ask = ask or functools.partial(self.ask, "/get-user")
        while True:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended before it listened on {self.address}")
            try:
                ask()
            except urllib.error.HTTPError:
                pass
            except OSError:
                if time.monotonic() - self.started > 20:
                    sys.exit(f"{self.name} does not answer on {self.address}")
                time.sleep(0.001)
                continue
            return time.monotonic() - self.started

    def processes(self):
        """This process and those that it started."""
        found, waiting = [], [self.process.pid]
        while waiting:
            process = waiting.pop()
            found.append(process)
            for path in glob.glob(f"/proc/{process}/task/*/children"):
                waiting += map(int, Path(path).read_text().split())
        return found

    def cpu(self):
        """Microseconds of CPU that it took so far, in user space and in the kernel."""
        threads = (f"/proc/{p}/task/*/schedstat" for p in self.processes())
        files = (file for pattern in threads for file in glob.glob(pattern))
        return sum(int(Path(file).read_text().split()[0]) for file in files) / 1000

    def memory(self):
        """MiB that it holds."""
        pages = (int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in self.processes())
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self):
        self.process.terminate()
        self.process.wait()


def countersign(binaries, port, core=None, flags=(), name="countersign"):
    command = [binaries / "countersign", "--listen", f"127.0.0.1:{port}", "--token-ttl", "1h", *flags]
    # The demo, with a secret: what it would make up itself cannot be told to another server.
    return Server(name, port, command, core, {"COUNTERSIGN_SECRET": "measured-" * 5, "COUNTERSIGN_ADMIN_LISTEN": "off"})


def bare(binaries, port, core):
    return Server("bare axum", port, [binaries / "bare", "--listen", f"127.0.0.1:{port}"], core)


def original(python, port, core):
    command = [
        python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--worker-class", "aiohttp.GunicornWebWorker", "--chdir", HERE, "aiohttp_original:app",
    ]  # fmt: skip
    return Server("the original on aiohttp", port, command, core)


@contextlib.contextmanager
def late(binaries, port, url):
    """Another address of this PostgreSQL, with a network of 1 ms a round trip before it."""
    parts = urllib.parse.urlsplit(url)
    to = f"{parts.hostname or '127.0.0.1'}:{parts.port or 5432}"
    command = [binaries / "delay", "--listen", f"127.0.0.1:{port}", "--to", to]
    server = Server("the delay", port, command)
    try:
        server.wait(server.connect)
        who, at, _ = parts.netloc.rpartition("@")
        yield parts._replace(netloc=f"{who}{at}127.0.0.1:{port}").geturl()
    finally:
        server.stop()
