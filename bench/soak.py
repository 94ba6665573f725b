#!/usr/bin/env python3
"""Keeps the service busy for hours, and plots its memory and descriptors.

    python3 bench/soak.py --hours 8

Logins, checks and hostile connections alternate; every half a minute all of them pause, so that what
stays can be seen. Ends with an error if memory or descriptors still grow in the second half.
"""

import argparse
import itertools
import json
import os
import socket
import statistics
import sys
import time
from pathlib import Path

import plot
import servers
from run import build, load

PERIOD = 30


def descriptors(server):
    return sum(len(os.listdir(f"/proc/{p}/fd")) for p in server.processes())


def hostile(address):
    """A few hundred connections that do nothing, or the half of something."""
    host, port = address.split(":")
    beginnings = [
        b"",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n" + b"x" * 30000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ]
    sockets = []
    for beginning, number in zip(itertools.cycle(beginnings), range(400), strict=False):
        sockets.append(socket.create_connection((host, int(port)), source_address=("127.0.0.3", 0)))
        sockets[-1].sendall(beginning)
    time.sleep(1)
    for one in sockets:
        one.close()


def work(binaries, server, token, seconds):
    load(binaries, server, seconds / 2, token=token, connections=64)
    login = {"method": "POST", "path": "/login", "body": json.dumps(servers.CREDENTIALS)}
    load(binaries, server, seconds / 2, rate=40, connections=80, **login)
    hostile(server.address)


def grows(values):
    """Whether the last quarter is more than a twentieth over the one before."""
    quarter = max(1, len(values) // 4)
    before, last = values[-2 * quarter : -quarter], values[-quarter:]
    return bool(before) and statistics.median(last) > 1.05 * statistics.median(before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1)
    parser.add_argument("--period", type=float, default=PERIOD, help="seconds between two samples")
    parser.add_argument("--out", type=Path, default=Path("soak.svg"), help="the plot")
    arguments = parser.parse_args()
    binaries = build()
    server = servers.countersign(binaries, 18080)
    samples = []
    try:
        server.wait()
        start = time.monotonic()
        while (elapsed := time.monotonic() - start) < arguments.hours * 3600:
            work(binaries, server, server.log_in(), arguments.period * 0.8)
            time.sleep(arguments.period * 0.2)
            samples.append((elapsed / 3600, server.memory(), descriptors(server)))
            print("{:.3f} h: {:.1f} MiB, {} descriptors".format(*samples[-1]), flush=True)
    finally:
        server.stop()
    hours, memory, files = zip(*samples, strict=True)
    lines = [("memory, MiB", memory), ("descriptors", files)]
    arguments.out.write_text(plot.lines("Memory and descriptors under load, by hours", hours, lines))
    growing = [name for name, values in lines if grows(values)]
    if growing:
        sys.exit(f"still growing: {', '.join(growing)}")


if __name__ == "__main__":
    main()
