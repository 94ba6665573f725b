#!/usr/bin/env python3
"""Measures GET /verify beside GET /get-user, and nginx with auth_request beside the same nginx without it.

    python3 bench/gateway.py

builds the release binaries and prints a table: medians of the ratios of neighbours, over rounds in turns. Needs Linux,
two cores, Python and nginx; takes a minute beside the build. It uses the ports 18090 to 18094 of loopback.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import run
import servers

SERVER_CORE, CLIENT_CORE = run.SERVER_CORE, run.CLIENT_CORE


def nginx(folder, port, flags, binaries, verified):
    """The printed configuration; without `verified`, the same without auth_request."""
    command = [binaries / "countersign", "gateway", "nginx", "--site", f"http://localhost:{port}", *flags]
    printed = subprocess.check_output(command, text=True)
    if not verified:
        printed = printed.replace("auth_request ", "#auth_request ").replace("auth_request_set", "#auth_request_set")
        names = ("user", "email", "id", "admin", "verified", "assertion")
        for name in names:
            printed = printed.replace(f"$countersign_{name};", '"";')
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "nginx.conf").write_text("worker_processes 1;\n" + printed)
    environment = {"PATH": f"{os.environ['PATH']}:/usr/sbin"}
    command = ["nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"]
    name = "nginx with auth_request" if verified else "nginx without"
    return servers.Server(name, port, command, SERVER_CORE, environment)


def figures(binaries, asked, seconds):
    """The rate, the p99 in microseconds and the CPU of the server per request, of each (server, options), by turns."""
    measured = [{"rate": [], "late": [], "cpu": []} for _ in asked]
    for turn in range(max(2, round(seconds / run.SLICE))):
        places = range(len(asked)) if turn % 2 == 0 else reversed(range(len(asked)))
        for place in places:
            server, options = asked[place]
            before = server.cpu()
            report = run.load(binaries, server, run.SLICE, CLIENT_CORE, connections=run.CLIENTS, **options)
            assert not report["errors"] and set(report["answers"]) == {"200"}, report
            measured[place]["rate"].append(run.good(report))
            measured[place]["late"].append(report["p99_us"])
            measured[place]["cpu"].append((server.cpu() - before) / report["answers"]["200"])
    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    binaries = run.build()
    rows = {name: [] for name in ("verify", "cpu", "late", "cookie", "assertion", "nginx", "nginx late")}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        service = servers.countersign(
            binaries, 18090, SERVER_CORE,
            ["--assertion-audiences", "wiki", "--public-url", "http://localhost:18090"],
        )  # fmt: skip
        upstream = servers.bare(binaries, 18091, SERVER_CORE)
        flags = ["--service", service.address, "--upstream", upstream.address]
        running = [service, upstream]
        try:
            for server in running:
                server.wait()
            running += [
                nginx(folder / "with", 18092, flags, binaries, True),
                nginx(folder / "without", 18093, flags, binaries, False),
            ]
            for server in running[2:]:
                server.wait()
            token, cookie = service.log_in(), sign_in(service)
            asked = [
                (service, {"token": token, "path": "/get-user"}),
                (service, {"token": token, "path": "/verify"}),
                (service, {"cookie": cookie, "path": "/verify"}),
                (service, {"token": token, "path": "/verify?assertion=wiki"}),
                (running[3], {"token": token, "path": "/get-user"}),
                (running[2], {"token": token, "path": "/get-user"}),
            ]
            for _ in range(arguments.rounds):
                user, verify, with_cookie, asserted, plain, verified = figures(binaries, asked, arguments.seconds)
                rows["verify"].append(against(verify, user, "rate"))
                rows["cpu"].append(against(verify, user, "cpu"))
                rows["late"].append(against(verify, user, "late"))
                rows["cookie"].append(against(with_cookie, user, "rate"))
                rows["assertion"].append(against(asserted, verify, "rate"))
                rows["nginx"].append(against(verified, plain, "rate"))
                rows["nginx late"].append(against(verified, plain, "late"))
        finally:
            for server in reversed(running):
                server.stop()
    names = {
        "verify": "`/verify`, throughput against `/get-user`",
        "cpu": "its CPU a request",
        "late": "its p99",
        "cookie": "`/verify` with the session cookie, throughput against `/get-user`",
        "assertion": "`/verify` with an assertion (HS256), throughput against without",
        "nginx": "nginx with `auth_request`, throughput against the same nginx without it",
        "nginx late": "its p99",
    }
    print("| | median | rounds |\n| --- | --- | --- |")
    for key, values in rows.items():
        print(f"| {names[key]} | {statistics.median(values):.2f} | {min(values):.2f} to {max(values):.2f} |")


def against(one, other, what):
    return statistics.median(a / b for a, b in zip(one[what], other[what], strict=True))


def sign_in(service):
    """The session cookie of the demo's user."""
    command = ["curl", "-s", "-D", "-", "-o", "/dev/null", f"http://{service.address}/ui/sign-in"]
    command += ["-d", "email=user@email.com", "-d", "password=password"]
    head = subprocess.check_output(command, text=True)
    pairs = (line.split(": ", 1)[1].split(";")[0] for line in head.splitlines() if line.lower().startswith("set-cookie"))
    return next(pair for pair in pairs if pair.startswith("countersign_session="))


if __name__ == "__main__":
    main()
