#!/usr/bin/env python3
"""Measures countersign beside bare axum and the service its contract comes from, on Linux.

    python3 bench/run.py

builds what is measured, makes a virtual environment for the Python service, and prints a table.
Everything is asked in turns, round by round, and the medians of each round's ratios are shown: on a
machine that does other things besides, a ratio of neighbours says more than a figure. Within a
round, requests are asked for in short slices, and the round's ratio is the median of theirs.
"""

import argparse
import contextlib
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import uuid
import venv
from pathlib import Path

import plot
import servers

HERE = Path(__file__).resolve().parent
SERVER_CORE, CLIENT_CORE = 0, 1
# Seconds for which one server is asked before it is its neighbour's turn.
SLICE = 0.5
CLIENTS, CROWD = 32, 320
PARTS = ["checks", "cache", "hashes", "storm", "start", "growth"]


def build():
    """Returns the folder with the release binaries."""
    build = ["cargo", "build", "--release", "--locked", "--package", "countersign", "--package", "countersign-bench", "--bins"]
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


def raw_hash(binaries, seconds, **options):
    """Returns how many hashes a second RustCrypto's argon2 makes, or `engine`, on as many `threads` as cores."""
    command = [binaries / "raw_hash", "--seconds", str(seconds)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    return json.loads(subprocess.check_output(command))["hashes_a_second"]


def fast_engines(binaries):
    """Returns the engines that this CPU supports, the fastest first, without RustCrypto's argon2."""
    told = subprocess.check_output([binaries / "raw_hash", "--seconds", "0", "--threads", "1"])
    return json.loads(told)["available_engines"][:-1]


def best_engine(binaries):
    """Returns the engine that the service chooses."""
    return [*fast_engines(binaries), "rustcrypto"][0]


def hashes(binaries, python, rounds, seconds):
    """One hash after another on one thread, against RustCrypto's argon2 in the same turn."""
    targets = {"avx512": ("≥", 2.5), "avx2": ("≥", 2.0)}
    engines = fast_engines(binaries)
    against = {
        name: Row(f"hashes a second of {shown}, one thread, against RustCrypto's", target)
        for name, shown, target in [
            *((engine, f"the engine {engine}", targets[engine]) for engine in engines),
            ("reference", "the C reference implementation (argon2-cffi)", None),
            ("libsodium", "libsodium (PyNaCl)", None),
        ]
    }
    # The second one fits in the first-level cache of a core.
    costs = {"at 19 MiB": (19_456, 2), "in cache": (16, 2_000)}
    blocks = {
        (name, place): Row(f"{name}, a block {place}", None, " ns")
        for name in [*engines, "rustcrypto", "reference", "libsodium"]
        for place in costs
    }
    for _ in range(rounds):
        rates = {key: [] for key in blocks}
        for _ in range(max(3, round(seconds / SLICE))):
            for place, (memory, passes) in costs.items():
                cost = {"memory": memory, "passes": passes}
                for engine in [*engines, "rustcrypto"]:
                    rate = raw_hash(binaries, SLICE / 2, threads=1, engine=engine, **cost)
                    rates[engine, place].append(rate)
                others = [python, HERE / "other_hashes.py", *map(str, (SLICE, memory, passes))]
                for name, rate in json.loads(subprocess.check_output(others)).items():
                    rates[name, place].append(rate)
        for (name, place), row in blocks.items():
            memory, passes = costs[place]
            row.values += [1e9 / (rate * memory * passes) for rate in rates[name, place]]
        for name, row in against.items():
            row.values.append(ratio(rates, (name, "at 19 MiB"), ("rustcrypto", "at 19 MiB")))
    return [*against.values(), *blocks.values()]


def good(report):
    return report["answers"].get("200", 0) / report["seconds"]


class Row:
    """One thing that is measured, round by round, and what it aims at."""

    def __init__(self, name, target=None, unit=""):
        self.name, self.target, self.unit, self.values = name, target, unit, []

    def __str__(self):
        middle, low, high = statistics.median(self.values), min(self.values), max(self.values)
        shown = f"| {self.name} | {middle:.2f}{self.unit} | {low:.2f} to {high:.2f} |"
        if self.target is None:
            return f"{shown} | |"
        kind, bound = self.target
        met = middle >= bound if kind == "≥" else middle <= bound
        return f"{shown} {kind} {bound}{self.unit} | {'met' if met else 'missed'} |"


def ratio(measured, over, under):
    """The median of the ratios of what was measured in the same turn."""
    pairs = zip(measured[over], measured[under], strict=True)
    return statistics.median(one / other for one, other in pairs)


def in_slices(binaries, asked, tokens, seconds):
    """Returns the requests a second, the CPU a request and the p99 of each (server, clients), by turns."""
    rate, cost, late = ({key: [] for key in asked} for _ in range(3))
    for turn in range(max(1, round(seconds / SLICE))):
        # There and back, so that what gets slower or faster meanwhile favours neither server.
        for key in asked if turn % 2 == 0 else reversed(asked):
            server, clients = key
            before = server.cpu()
            options = {"token": tokens[server], "connections": clients}
            report = load(binaries, server, SLICE, CLIENT_CORE, **options)
            if report["errors"]:
                sys.exit(f"{report['errors']} requests to {server.name} got no response")
            rate[key].append(good(report))
            cost[key].append((server.cpu() - before) / report["answers"]["200"])
            late[key].append(report["p99_us"])
    return rate, cost, late


def checks(binaries, python, rounds, seconds, databases):
    """`GET /get-user`, a server on one core and the client on the other."""
    throughput = Row("`get-user`, throughput against bare axum", ("≥", 0.9))
    cpu = Row("`get-user`, CPU a request against bare axum", ("≤", 1.1))
    at_warn = Row("the same at `--log-level warn`")
    cpu_at_warn = Row("its CPU")
    against_original = Row("`get-user`, throughput against the original on aiohttp", ("≥", 15))
    original_of_bare = Row("the same of bare axum")
    crowd = Row("`get-user` from 10 times the clients against 32", ("≥", 0.9))
    crowd_of_bare = Row("the same of bare axum")
    crowd_late = Row("p99 of `get-user` from 10 times the clients against bare axum")
    stored = {
        name: Row(f"`get-user`, users in {name} against in memory", ("≥", 0.9))
        for name in databases
    }
    bare = servers.bare(binaries, 18079, SERVER_CORE)
    ours = servers.countersign(binaries, 18080, SERVER_CORE)
    original = servers.original(python, 18081, SERVER_CORE)
    warn = servers.countersign(
        binaries, 18082, SERVER_CORE, ["--log-level", "warn"], "countersign, log level warn"
    )
    on = {
        name: servers.countersign(
            binaries, 18083 + place, SERVER_CORE,
            ["--database", url, "--registration", "open"], f"countersign on {name}",
        )
        for place, (name, url) in enumerate(databases.items())
    }  # fmt: skip
    running = [bare, ours, warn, *on.values(), original]
    shares = {server: [] for server in running}
    # What is compared most is next to each other.
    order = [original, warn, bare, ours, *on.values()]
    asked = [(server, CLIENTS) for server in order]
    asked.insert(order.index(bare), (bare, CROWD))
    asked.insert(asked.index((ours, CLIENTS)) + 1, (ours, CROWD))
    try:
        for server in running:
            server.wait()
        tokens = {server: server.log_in() for server in (ours, warn, original)}
        tokens |= {server: server.register() for server in on.values()}
        tokens[bare] = tokens[ours]
        for _ in range(rounds):
            rate, cost, late = in_slices(binaries, asked, tokens, seconds)
            base, our = (bare, CLIENTS), (ours, CLIENTS)
            throughput.values.append(ratio(rate, our, base))
            cpu.values.append(ratio(cost, our, base))
            at_warn.values.append(ratio(rate, (warn, CLIENTS), base))
            cpu_at_warn.values.append(ratio(cost, (warn, CLIENTS), base))
            against_original.values.append(ratio(rate, our, (original, CLIENTS)))
            original_of_bare.values.append(ratio(rate, base, (original, CLIENTS)))
            crowd.values.append(ratio(rate, (ours, CROWD), our))
            crowd_of_bare.values.append(ratio(rate, (bare, CROWD), base))
            crowd_late.values.append(ratio(late, (ours, CROWD), (bare, CROWD)))
            for name, server in on.items():
                stored[name].values.append(ratio(rate, (server, CLIENTS), our))
            for server in running:
                shares[server].append(ratio(rate, (server, CLIENTS), base))
    finally:
        for server in running:
            server.stop()
    plotted = [
        (server.name, (statistics.median(values), min(values), max(values)))
        for server, values in shares.items()
    ]
    rows = [throughput, cpu, at_warn, cpu_at_warn, against_original, original_of_bare]
    rows += [crowd, crowd_of_bare, crowd_late]
    return [*rows, *stored.values()], plotted


def complete(report):
    """Ends the run where a request got no response, or another one than a 200 or a 503."""
    if report["errors"] or not set(report["answers"]) <= {"200", "503"}:
        sys.exit(f"not every request was answered with a 200 or a 503: {report}")


def storm(binaries, rounds, seconds):
    """64 clients that log in, and again at 10 times what the cores can hash, on all cores."""
    slower = Row("p99 of `get-user` in a login storm against without", ("≤", 1.5))
    logins = Row("logins a second in the storm against the bare hash of RustCrypto", ("≥", 2.0))
    of_engine = Row("the same against the bare hash of the engine", ("≥", 0.93))
    by_avx2 = Row("logins a second in the storm, engine avx2, against RustCrypto's", ("≥", 1.7))
    overload = Row("logins at 10 times capacity against the storm's", ("≥", 0.9))
    memory = Row("memory after the storm", ("≤", 64), " MiB")
    memory_of_flood = Row("memory after 10 times capacity, over 1,000 clients", None, " MiB")
    engines = fast_engines(binaries)
    best = best_engine(binaries)
    ours = servers.countersign(binaries, 18080, flags=["--registration", "open"])
    # One for the flood, so that it comes right after the storm and leaves that one's memory alone.
    flooded = servers.countersign(binaries, 18081)
    flags = ["--hash-engine", "avx2" if "avx2" in engines else "rustcrypto"]
    avx2 = servers.countersign(binaries, 18082, flags=flags)
    running = [ours, flooded, avx2]
    try:
        for server in running:
            server.wait()
        # Of another user than the one who logs in: a user has at most 100 sessions.
        token = ours.register()
        login = {"method": "POST", "path": "/login", "body": json.dumps(servers.CREDENTIALS)}
        for _ in range(rounds):
            quiet = load(binaries, ours, seconds, rate=500, connections=8, token=token)
            raw = raw_hash(binaries, seconds / 2)
            raw_of_engine = raw_hash(binaries, seconds / 2, engine=best)
            command = [binaries / "load", "--address", ours.address, "--connections", "64"]
            command += ["--seconds", str(seconds + 1)]
            command += [part for name, value in login.items() for part in (f"--{name}", value)]
            clients = subprocess.Popen(command, stdout=subprocess.PIPE)
            beside = load(binaries, ours, seconds, rate=500, connections=8, token=token)
            report = json.loads(clients.communicate()[0])
            raw = (raw + raw_hash(binaries, seconds / 2)) / 2
            raw_of_engine = (raw_of_engine + raw_hash(binaries, seconds / 2, engine=best)) / 2
            # One client network has a quarter of 10,000 connections.
            connections = min(int(10 * raw_of_engine), 2_000)
            ten = {"rate": 10 * raw_of_engine, "connections": connections}
            flood = load(binaries, flooded, seconds, **ten, **login)
            with_avx2 = load(binaries, avx2, seconds, connections=64, **login)
            raw_after = raw_hash(binaries, seconds / 2)
            for seen in (quiet, beside, report, flood, with_avx2):
                complete(seen)
            slower.values.append(beside["p99_us"] / quiet["p99_us"])
            logins.values.append(good(report) / raw)
            of_engine.values.append(good(report) / raw_of_engine)
            by_avx2.values.append(good(with_avx2) / raw_after)
            memory.values.append(ours.memory())
            overload.values.append(good(flood) / good(report))
            memory_of_flood.values.append(flooded.memory())
    finally:
        for server in running:
            server.stop()
    return [slower, logins, of_engine, by_avx2, overload, memory, memory_of_flood]


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


def store(binaries, users, database=None, **options):
    """Returns what `store` reports of so many users in an empty database, or else in memory."""
    command = [binaries / "store", "--users", str(users)]
    if database is not None:
        command += ["--database", database]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    return json.loads(subprocess.check_output(command))


def cache(binaries, rounds, databases):
    """How long it takes to find a user in the cache, and in the database behind it."""
    rows = []
    for name, database in databases.items():
        hit = Row(f"time to find a user who is cached, {name}", None, " µs")
        miss = Row(f"time to find a user who is not cached, {name}", None, " µs")
        for _ in range(rounds):
            with database() as url:
                report = store(binaries, 1_000, url, look_ups=200)
            hit.values.append(report["hit_us"])
            miss.values.append(report["miss_us"])
        rows += [hit, miss]
    return rows


def growth(binaries, rounds, hash_us, databases):
    """A million users beside a thousand: what each takes, and what a login takes."""
    size = Row("memory of a user, a million of them in memory", None, " bytes")
    spread = Row("look-ups a second in memory, all cores against one")
    for _ in range(rounds):
        spread.values.append(store(binaries, 1_000)["by_id_on_all_cores"])
    rows = [size, spread]
    for name, database in {"memory": contextlib.nullcontext, **databases}.items():
        times = {}
        for users in (1_000, 1_000_000):
            with database() as url:
                options = {"look_ups": 2_000} if url else {}
                report = store(binaries, users, url, **options)
            times[users] = report["by_email_us"] + hash_us
        if name == "memory":
            size.values.append(report["bytes_a_user"])
        row = Row(f"look-up and hash at 1,000,000 users against 1,000, {name}", ("≤", 1.1))
        row.values.append(times[1_000_000] / times[1_000])
        rows.append(row)
    return rows


@contextlib.contextmanager
def sqlite():
    """An empty database of SQLite, for as long as it is used."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:{folder}/users.db"


@contextlib.contextmanager
def schema(server, reached_at=None):
    """A schema on this PostgreSQL, for as long as it is used; its URL may be at another address."""
    name = f"countersign_{uuid.uuid4().hex}"
    psql = ["psql", "--quiet", "--no-psqlrc", server, "--command"]
    subprocess.run([*psql, f"CREATE SCHEMA {name}"], check=True)
    try:
        url = reached_at or server
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
    finally:
        hush = "SET client_min_messages TO warning"
        subprocess.run([*psql, f"{hush}; DROP SCHEMA {name} CASCADE"], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often all is measured")
    parser.add_argument("--seconds", type=float, default=2, help="how long each is asked a round")
    parser.add_argument("--postgres", help="a PostgreSQL to measure with, too, over TCP; needs psql")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="what is measured")
    parser.add_argument("--out", type=Path, help="a folder for results.md and results.svg")
    arguments = parser.parse_args()
    rounds, seconds, only = arguments.rounds, arguments.seconds, arguments.only
    if arguments.out and set(only) != set(PARTS):
        parser.error("--out is for all that is measured: leave --only out")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("this needs two cores, one for a server and one for its client")

    binaries, rows = build(), []
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        # What makes an empty database, by name.
        near = {"SQLite": sqlite}
        far = {}
        if arguments.postgres:
            near["PostgreSQL"] = functools.partial(schema, arguments.postgres)
            late = stack.enter_context(servers.late(binaries, 18086, arguments.postgres))
            far["PostgreSQL 1 ms away"] = functools.partial(schema, arguments.postgres, late)
        databases = near | far
        if {"checks", "hashes"} & set(only):
            python = python_with_requirements(f"{folder}/python")
        if "checks" in only:
            with contextlib.ExitStack() as used:
                urls = {name: used.enter_context(database()) for name, database in databases.items()}
                of_checks, plotted = checks(binaries, python, rounds, seconds, urls)
            rows += of_checks
        if "cache" in only:
            rows += cache(binaries, rounds, databases)
        if "hashes" in only:
            rows += hashes(binaries, python, rounds, seconds)
        if "storm" in only:
            rows += storm(binaries, rounds, seconds)
        if "start" in only:
            rows += start(binaries, rounds)
        if "growth" in only:
            raw = raw_hash(binaries, 1, threads=1, engine=best_engine(binaries))
            rows += growth(binaries, rounds, 1e6 / raw, near)
    binary = Row("release binary", ("≤", 15), " MiB")
    binary.values = [(binaries / "countersign").stat().st_size / 2**20]
    lines = ["| what | median | spread | target | |", "| --- | --- | --- | --- | --- |"]
    table = "\n".join(lines + [str(row) for row in [*rows, binary]])
    print(table)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "results.md").write_text(table + "\n")
        title = "GET /get-user on one core: requests a second, bare axum = 1"
        (arguments.out / "results.svg").write_text(plot.bars(title, plotted))


if __name__ == "__main__":
    main()
