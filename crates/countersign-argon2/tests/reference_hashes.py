#!/usr/bin/env python3
"""Prints hashes of the C reference implementation (argon2-cffi) and of libsodium (PyNaCl).

    pip install argon2-cffi pynacl
    python3 tests/reference_hashes.py > tests/reference_hashes.txt

A line has the library, variant, version, m, t and p, and in hexadecimal the password, salt, secret, associated data
and tag; - is empty. The inputs are random, but the same in each run.
"""

import random

import nacl.bindings as sodium
from argon2.low_level import Type, core, ffi, lib

NAMES = {Type.D: "argon2d", Type.I: "argon2i", Type.ID: "argon2id"}
chosen = random.Random(9106)


def show(library, name, version, costs, *fields):
    print(library, name, version, *costs, *(field.hex() or "-" for field in fields))


def reference(variant, version, costs, length, *fields):
    """The C reference implementation, with a secret and associated data."""
    memory, passes, lanes = costs
    kept = [ffi.new("uint8_t[]", field) for field in fields]
    tag = ffi.new("uint8_t[]", length)
    named = zip(("pwd", "salt", "secret", "ad"), kept, fields, strict=True)
    members = {}
    for name, buffer, field in named:
        members |= {name: buffer, f"{name}len": len(field)}
    context = ffi.new("argon2_context *", dict(
        out=tag, outlen=length, version=version, t_cost=passes, m_cost=memory, lanes=lanes,
        threads=1, allocate_cbk=ffi.NULL, free_cbk=ffi.NULL, flags=lib.ARGON2_DEFAULT_FLAGS, **members,
    ))  # fmt: skip
    result = core(context, variant.value)
    assert result == lib.ARGON2_OK, result
    return bytes(ffi.buffer(tag))


for variant in NAMES:
    for version in (0x10, 0x13):
        for memory, passes, lanes, length in (
            (8, 1, 1, 4), (64, 3, 1, 32), (97, 2, 3, 64), (131, 4, 4, 65), (600, 2, 1, 96),
            (2048, 1, 2, 300), (19456, 2, 1, 32),
        ):  # fmt: skip
            sizes = (0, 40), (8, 33), (0, 20), (0, 32)
            fields = [chosen.randbytes(chosen.randint(*size)) for size in sizes]
            costs = memory, passes, lanes
            tag = reference(variant, version, costs, length, *fields)
            show("reference", NAMES[variant], version, costs, *fields, tag)

for name, algorithm, passes in (
    ("argon2i", sodium.crypto_pwhash_ALG_ARGON2I13, (3, 5)),
    ("argon2id", sodium.crypto_pwhash_ALG_ARGON2ID13, (1, 2, 4)),
):
    for count in passes:
        for memory, length in ((8, 16), (513, 32), (4100, 128)):
            password, salt = chosen.randbytes(chosen.randint(0, 100)), chosen.randbytes(16)
            tag = sodium.crypto_pwhash_alg(length, password, salt, count, memory * 1024, algorithm)
            show("libsodium", name, 0x13, (memory, count, 1), password, salt, b"", b"", tag)
