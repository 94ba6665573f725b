#!/usr/bin/env python3
"""Compares the responses to failed logins, and the time that they take, of accounts of all kinds.

    python3 bench/login_timing.py

A known address with a wrong password is measured beside an unknown address, a disabled account, an imported
hash and a malformed address; and a throttled known address beside a throttled unknown one. All are asked in
turns, over connections of their own, and the median of the differences of neighbours is shown. Ends with an
error if a response differs in more than its date, request id and remaining seconds.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import servers
from run import build

PORT = 18080
# Headers that are different in each response, or count down.
VARYING = {"date", "x-request-id", "retry-after"}
# bcrypt of the cost that most libraries have by default: 10.
BCRYPT = "$2b$10$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS"
KNOWN = "known address, wrong password"
KINDS = {
    KNOWN: "known@example.com",
    "known address, again": "again@example.com",
    "unknown address": "nobody@example.com",
    "disabled account": "disabled@example.com",
    "malformed address": "no address",
    "account with an imported hash (bcrypt, cost 10)": "imported@example.com",
}


def log_in(email):
    """Returns the microseconds of a login, and its response without what is different in each."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    connection.connect()
    body = json.dumps({"email": email, "password": "a wrong password"})
    start = time.perf_counter()
    connection.request("POST", "/login", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    took = (time.perf_counter() - start) * 1e6
    connection.close()
    headers = sorted(it for it in response.getheaders() if it[0].lower() not in VARYING)
    return took, (response.status, headers, content)


def accounts(binary, database):
    """Creates the accounts."""
    environment = {**os.environ, "COUNTERSIGN_DATABASE_URL": database}

    def run(*command, given=b""):
        user = [binary, "user", *command]
        subprocess.run(user, input=given, env=environment, check=True, stdout=subprocess.DEVNULL)

    for name in ("known", "again", "disabled"):
        run("add", f"{name}@example.com", given=b"correct horse battery")
    run("disable", "disabled@example.com")
    imported = {"email": "imported@example.com", "password_hash": BCRYPT}
    run("import", "-", "--format", "jsonl", given=json.dumps(imported).encode())


def in_turns(kinds, tries):
    """Returns the times of each kind. Ends with an error if their responses differ."""
    times, expected = {kind: [] for kind in kinds}, None
    for number in range(tries):
        for kind in list(kinds) if number % 2 == 0 else reversed(kinds):
            took, response = log_in(kinds[kind])
            times[kind].append(took)
            expected = expected or response
            if response != expected:
                sys.exit(f"{kind}: {response}\nand not {expected}")
    return times


def table(times, beside):
    """Prints the medians, and those of the differences to the kind that they are compared with."""
    base = statistics.median(times[beside])
    for kind, values in times.items():
        pairs = zip(values, times[beside], strict=True)
        difference = statistics.median(value - other for value, other in pairs)
        share = 100 * difference / base
        print(f"| {kind} | {statistics.median(values):.0f} µs | {difference:+.0f} µs | {share:+.1f} % |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=200, help="logins of each kind")
    parser.add_argument("--binaries", type=Path, help="the folder of a release build")
    arguments = parser.parse_args()
    binaries = arguments.binaries or build()
    print("| login | median | difference | |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:{folder}/users.db"
        accounts(binaries / "countersign", database)
        # One hashing thread: the same memory for all of them.
        flags = ["--database", database, "--hash-threads", "1"]
        server = servers.countersign(binaries, PORT, flags=[*flags, "--throttle", "off"])
        try:
            server.wait()
            in_turns(KINDS, 5)
            table(in_turns(KINDS, arguments.tries), KNOWN)
        finally:
            server.stop()
        server = servers.countersign(
            binaries, PORT, flags=[*flags, "--throttle-account-failures", "1"]
        )
        try:
            server.wait()
            throttled = {
                "throttled, known address": "known@example.com",
                "throttled, unknown address": "nobody@example.com",
            }
            # Each failure doubles the back-off, to some 16 s.
            for email in [email for _ in range(5) for email in throttled.values()]:
                while log_in(email)[1][0] != 400:
                    time.sleep(0.1)
            times = in_turns(throttled, arguments.tries)
            if any(log_in(email)[1][0] != 429 for email in throttled.values()):
                sys.exit("the back-off was over before the end")
            table(times, "throttled, known address")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
