#!/usr/bin/env python3
"""Measures countersign beside bare axum and the service its contract comes from, on Linux.

    python3 bench/run.py

builds what is measured, makes a virtual environment for the Python service, and prints a table.
Everything is asked in turns, round by round, and the medians of each round's ratios are shown: on a
machine that does other things besides, a ratio of neighbours says more than a figure.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import servers

HERE = Path(__file__).resolve().parent
SERVER_CORE, CLIENT_CORE = 0, 1


def build():
    """Returns the folder with the release binaries."""
    build = ["cargo", "build", "--release", "--locked", "--workspace", "--bins"]
    subprocess.run(build, cwd=HERE.parent, check=True)
    metadata = ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"]
    told = subprocess.run(metadata, cwd=HERE.parent, check=True, capture_output=True)
    return Path(json.loads(told.stdout)["target_directory"]) / "release"


def python_with_requirements(folder):
    venv.create(folder, with_pip=True)
    python = Path(folder) / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"]
    subprocess.run(install, check=True)
    return python


def load(binaries, server, seconds, core=None, **options):
    """Returns what `load` reports of the server."""
    command = [binaries / "load", "--address", server.address, "--seconds", str(seconds)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    told = subprocess.run([*pinned, *command], check=True, capture_output=True)
    return json.loads(told.stdout)


def good(report):
    return report["answers"].get("200", 0) / report["seconds"]


class Row:
    """One thing that is measured, round by round, and what it aims at."""

    def __init__(self, name, target, unit=""):
        self.name, self.target, self.unit, self.values = name, target, unit, []

    def __str__(self):
        middle = statistics.median(self.values)
        kind, bound = self.target
        met = middle >= bound if kind == "≥" else middle <= bound
        low, high = min(self.values), max(self.values)
        return (
            f"| {self.name} | {middle:.2f}{self.unit} | {low:.2f} to {high:.2f} | "
            f"{kind} {bound}{self.unit} | {'met' if met else 'missed'} |"
        )


def checks(binaries, python, rounds, seconds):
    """`GET /get-user`, a server on one core and the client on the other."""
    throughput = Row("`get-user`, throughput against bare axum", ("≥", 0.9))
    cpu = Row("`get-user`, CPU a request against bare axum", ("≤", 1.1))
    against_tutorial = Row("`get-user`, throughput against the tutorial", ("≥", 15))
    overload = Row("`get-user` from 10 times the clients against 32", ("≥", 0.9))
    bare = servers.bare(binaries, 18079, SERVER_CORE)
    ours = servers.countersign(binaries, 18080, SERVER_CORE)
    tutorial = servers.tutorial(python, 18081, SERVER_CORE)
    running = [bare, ours, tutorial]
    try:
        for server in running:
            server.wait()
        tokens = {ours: ours.log_in(), tutorial: tutorial.log_in()}
        tokens[bare] = tokens[ours]
        for _ in range(rounds):
            rate, cost = {}, {}
            for server in running:
                before = server.cpu()
                report = load(binaries, server, seconds, CLIENT_CORE, token=tokens[server])
                rate[server] = good(report)
                cost[server] = (server.cpu() - before) / report["answers"]["200"]
            options = {"token": tokens[ours], "connections": 320}
            report = load(binaries, ours, seconds, CLIENT_CORE, **options)
            if report["errors"]:
                sys.exit(f"{report['errors']} requests of 320 clients got no answer")
            throughput.values.append(rate[ours] / rate[bare])
            cpu.values.append(cost[ours] / cost[bare])
            against_tutorial.values.append(rate[ours] / rate[tutorial])
            overload.values.append(good(report) / rate[ours])
    finally:
        for server in running:
            server.stop()
    return [throughput, cpu, against_tutorial, overload]


def storm(binaries, rounds, seconds):
    """64 clients that log in, and again at 10 times what the cores can hash, on all cores."""
    slower = Row("p99 of `get-user` in a login storm against without", ("≤", 1.5))
    logins = Row("logins a second in the storm against the bare hash", ("≥", 0.93))
    overload = Row("logins at 10 times capacity against the storm's", ("≥", 0.9))
    memory = Row("memory after the storm", ("≤", 64), " MiB")
    ours = servers.countersign(binaries, 18080)
    try:
        ours.wait()
        token = ours.log_in()
        login = {"method": "POST", "path": "/login", "body": json.dumps(servers.CREDENTIALS)}
        for _ in range(rounds):
            quiet = load(binaries, ours, seconds, rate=500, connections=8, token=token)
            raw = json.loads(
                subprocess.check_output([binaries / "raw_hash", "--seconds", str(seconds)])
            )["hashes_a_second"]
            command = [binaries / "load", "--address", ours.address, "--connections", "64"]
            command += ["--seconds", str(seconds + 1)]
            command += [part for name, value in login.items() for part in (f"--{name}", value)]
            clients = subprocess.Popen(command, stdout=subprocess.PIPE)
            beside = load(binaries, ours, seconds, rate=500, connections=8, token=token)
            report = json.loads(clients.communicate()[0])
            ten = {"rate": 10 * raw, "connections": int(10 * raw)}
            flood = load(binaries, ours, seconds, **ten, **login)
            for seen in (quiet, beside, report, flood):
                if seen["errors"] or not set(seen["answers"]) <= {"200", "503"}:
                    sys.exit(f"not every request was answered with a 200 or a 503: {seen}")
            slower.values.append(beside["p99_us"] / quiet["p99_us"])
            logins.values.append(good(report) / raw)
            overload.values.append(good(flood) / good(report))
            memory.values.append(ours.memory())
    finally:
        ours.stop()
    return [slower, logins, overload, memory]


def start(binaries, rounds):
    """From nothing to the first answer, and what an idle process holds."""
    cold = Row("cold start to the first answer", ("≤", 20), " ms")
    idle = Row("idle memory, a new SQLite database and no user", ("≤", 10), " MiB")
    for _ in range(rounds):
        server = servers.countersign(binaries, 18080)
        cold.values.append(server.wait() * 1000)
        server.stop()
        with tempfile.TemporaryDirectory() as folder:
            flags = ["--database", f"sqlite://{folder}/users.db"]
            server = servers.countersign(binaries, 18080, flags=flags)
            server.wait()
            idle.values.append(server.memory())
            server.stop()
    return [cold, idle]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often all is measured")
    parser.add_argument("--seconds", type=float, default=2, help="how long each is asked a round")
    parser.add_argument("--out", type=Path, help="a file for the table, as Markdown")
    arguments = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("this needs two cores, one for a server and one for its client")

    binaries = build()
    with tempfile.TemporaryDirectory() as folder:
        python = python_with_requirements(folder)
        rows = checks(binaries, python, arguments.rounds, arguments.seconds)
    rows += storm(binaries, arguments.rounds, arguments.seconds)
    rows += start(binaries, arguments.rounds)
    binary = Row("release binary", ("≤", 15), " MiB")
    binary.values = [(binaries / "countersign").stat().st_size / 2**20]
    lines = ["| what | median | spread | target | |", "| --- | --- | --- | --- | --- |"]
    table = "\n".join(lines + [str(row) for row in [*rows, binary]])
    print(table)
    if arguments.out:
        arguments.out.write_text(table + "\n")


if __name__ == "__main__":
    main()
