#!/usr/bin/env python3
"""Measures logins from one address while another one floods the service with logins.

    python3 bench/flood.py

The flood comes from 127.0.0.1, at ten times the capacity of the hashing threads, the logins from
127.0.0.2. Quiet and flooded are measured in turns, round by round.
"""

import argparse
import json
import subprocess
import time

import servers
from run import Row, best_engine, build, load, raw_hash

FLOOD, OTHER = "127.0.0.1", "127.0.0.2"


def logins(body, **options):
    return {"method": "POST", "path": "/login", "body": json.dumps(body), **options}


def measure(binaries, rounds, seconds):
    slower = Row("p95 of logins in a flood of another address against quiet", ("≤", 3))
    quiet_p95 = Row("p95 of logins, quiet", None, " ms")
    flooded_p95 = Row("p95 of logins, in the flood", None, " ms")
    succeeded = Row("logins that succeed in the flood", ("≥", 1))
    served = Row("logins of the flood that succeed, against the bare hash")
    server = servers.countersign(binaries, 18080)
    try:
        server.wait()
        capacity = raw_hash(binaries, seconds / 2, engine=best_engine(binaries))
        # A client that logs in a few times a second.
        own = logins(servers.CREDENTIALS, rate=4, connections=2)
        # Of the flood, so that it is the network that gets a share, and not the account.
        flood = logins(servers.CREDENTIALS | {"email": "stranger@example.com"})
        command = [binaries / "load", "--address", server.address, "--from", FLOOD]
        command += ["--rate", str(10 * capacity), "--connections", str(int(10 * capacity))]
        command += ["--seconds", str(seconds + 2)]
        command += [part for name, value in flood.items() for part in (f"--{name}", value)]
        for _ in range(rounds):
            quiet = load(binaries, server, seconds, **own, **{"from": OTHER})
            flooding = subprocess.Popen(command, stdout=subprocess.PIPE)
            time.sleep(1)
            beside = load(binaries, server, seconds, **own, **{"from": OTHER})
            report = json.loads(flooding.communicate()[0])
            slower.values.append(beside["p95_us"] / quiet["p95_us"])
            quiet_p95.values.append(quiet["p95_us"] / 1000)
            flooded_p95.values.append(beside["p95_us"] / 1000)
            asked = sum(beside["answers"].values()) + beside["errors"]
            succeeded.values.append(beside["answers"].get("200", 0) / asked)
            served.values.append(report["answers"].get("400", 0) / report["seconds"] / capacity)
    finally:
        server.stop()
    return [slower, quiet_p95, flooded_p95, succeeded, served]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often it is measured")
    parser.add_argument("--seconds", type=float, default=5, help="how long, each time")
    arguments = parser.parse_args()
    rows = measure(build(), arguments.rounds, arguments.seconds)
    print("| | median | range | target | |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
