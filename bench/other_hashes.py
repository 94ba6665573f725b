"""Prints how many argon2id hashes a second one thread makes with the C reference implementation, as argon2-cffi
ships it, and with libsodium, as PyNaCl does: `other_hashes.py SECONDS`."""

import json
import sys
import time

from argon2.low_level import Type, hash_secret_raw
from nacl.bindings import crypto_pwhash_ALG_ARGON2ID13, crypto_pwhash_alg

SALT = bytes(range(16))


def reference():
    hash_secret_raw(b"password", SALT, 2, 19_456, 1, 32, Type.ID)


def libsodium():
    crypto_pwhash_alg(32, b"password", SALT, 2, 19_456 * 1024, crypto_pwhash_ALG_ARGON2ID13)


def rate(hash_once, seconds):
    start, hashes = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        hash_once()
        hashes += 1
    return hashes / (time.monotonic() - start)


if __name__ == "__main__":
    each = float(sys.argv[1]) / 2
    print(json.dumps({"reference": rate(reference, each), "libsodium": rate(libsodium, each)}))
