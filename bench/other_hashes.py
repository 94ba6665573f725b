"""Prints how many argon2id hashes a second one thread makes with the C reference implementation, as argon2-cffi
ships it, and with libsodium, as PyNaCl does: `other_hashes.py SECONDS KIB PASSES`."""

import json
import sys
import time

from argon2.low_level import Type, hash_secret_raw
from nacl.bindings import crypto_pwhash_ALG_ARGON2ID13, crypto_pwhash_alg

SALT = bytes(range(16))


def reference(memory, passes):
    hash_secret_raw(b"password", SALT, passes, memory, 1, 32, Type.ID)


def libsodium(memory, passes):
    crypto_pwhash_alg(
        32, b"password", SALT, passes, memory * 1024, crypto_pwhash_ALG_ARGON2ID13
    )


def rate(hash_once, seconds, cost):
    start, hashes = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        hash_once(*cost)
        hashes += 1
    return hashes / (time.monotonic() - start)


if __name__ == "__main__":
    each, cost = float(sys.argv[1]) / 2, [int(number) for number in sys.argv[2:4]]
    rates = {hash_once.__name__: rate(hash_once, each, cost) for hash_once in (reference, libsodium)}
    print(json.dumps(rates))
