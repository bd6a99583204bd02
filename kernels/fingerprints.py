"""Hashes of byte strings: FarmHash's Fingerprint64, SipHash, and TensorFlow's first hash.

Strings of one length are hashed together: a group is a matrix of bytes, and each step of the
algorithm one operation on a column of 64-bit words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Words = Any  # [strings], uint64; arithmetic wraps around, as the algorithms want it

_K0 = np.uint64(0xC3A5C85C97CB3127)
_K1 = np.uint64(0xB492B66FBE98F273)
_K2 = np.uint64(0x9AE16A3B2F90404F)


class _Rows:
    """The bytes of strings of one length, read as little-endian words."""

    def __init__(self, strings: list[bytes], length: int) -> None:
        joined = np.frombuffer(b"".join(strings), np.uint8)
        self.bytes = joined.reshape(len(strings), length)
        self.length = length

    def word(self, position: int) -> Words:
        """The eight bytes from `position` on."""
        return np.ascontiguousarray(self.bytes[:, position : position + 8]).view("<u8")[:, 0]

    def half(self, position: int) -> Words:
        """The four bytes from `position` on."""
        found = np.ascontiguousarray(self.bytes[:, position : position + 4]).view("<u4")[:, 0]
        return found.astype(np.uint64)

    def byte(self, position: int) -> Words:
        """One byte."""
        return self.bytes[:, position].astype(np.uint64)


def hash_all(function: Callable[[_Rows], Words], strings: list[bytes]) -> np.ndarray:
    """The hash of each string, uint64.

    Args:
      function: the hash of a group of strings of one length.
      strings: the strings.
    """
    result = np.empty(len(strings), np.uint64)
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    order = np.argsort(lengths, kind="stable")
    edges = np.flatnonzero(np.diff(lengths[order])) + 1
    for group in np.split(order, edges):
        if group.size:
            rows = _Rows([strings[i] for i in group.tolist()], int(lengths[group[0]]))
            with np.errstate(over="ignore"):
                result[group] = function(rows)
    return result


# ---- FarmHash ----


def _constant(value: int) -> np.uint64:
    return np.uint64(value & 0xFFFFFFFFFFFFFFFF)


def _rotate(x: Words, count: int) -> Words:
    return (x >> np.uint64(count)) | (x << np.uint64(64 - count))


def _mix(x: Words) -> Words:
    return x ^ (x >> np.uint64(47))


def _pair(u: Words, v: Words, multiplier: Any) -> Words:
    """The hash of 16 bytes."""
    a = _mix((u ^ v) * multiplier)
    return _mix((v ^ a) * multiplier) * multiplier


def _to_16(rows: _Rows) -> Words:
    n = rows.length
    multiplier = _constant(int(_K2) + 2 * n)
    if n >= 8:
        a = rows.word(0) + _K2
        b = rows.word(n - 8)
        c = _rotate(b, 37) * multiplier + a
        d = (_rotate(a, 25) + b) * multiplier
        return _pair(c, d, multiplier)
    if n >= 4:
        a = rows.half(0)
        return _pair(np.uint64(n) + (a << np.uint64(3)), rows.half(n - 4), multiplier)
    if n > 0:
        y = rows.byte(0) + (rows.byte(n >> 1) << np.uint64(8))
        z = np.uint64(n) + (rows.byte(n - 1) << np.uint64(2))
        return _mix(y * _K2 ^ z * _K0) * _K2
    return _K2


def _to_32(rows: _Rows) -> Words:
    n = rows.length
    multiplier = _constant(int(_K2) + 2 * n)
    a, b = rows.word(0) * _K1, rows.word(8)
    c, d = rows.word(n - 8) * multiplier, rows.word(n - 16) * _K2
    return _pair(_rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + _K2, 18) + c, multiplier)


def _to_64(rows: _Rows) -> Words:
    n = rows.length
    multiplier = _constant(int(_K2) + 2 * n)
    a, b = rows.word(0) * _K2, rows.word(8)
    c, d = rows.word(n - 8) * multiplier, rows.word(n - 16) * _K2
    y = _rotate(a + b, 43) + _rotate(c, 30) + d
    z = _pair(y, a + _rotate(b + _K2, 18) + c, multiplier)
    e, f = rows.word(16) * multiplier, rows.word(24)
    g = (y + rows.word(n - 32)) * multiplier
    h = (z + rows.word(n - 24)) * multiplier
    return _pair(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, multiplier)


def _weak(rows: _Rows, position: int, a: Words, b: Words) -> tuple[Words, Words]:
    """Two words that depend on 32 bytes and two seeds."""
    w, x, y, z = (rows.word(position + offset) for offset in (0, 8, 16, 24))
    a = a + w
    b = _rotate(b + a + z, 21)
    c = a
    a = a + x + y
    return a + z, b + _rotate(a, 44) + c


def fingerprint64(rows: _Rows) -> Words:
    """FarmHash's Fingerprint64 of each string.

    Source: Geoff Pike, FarmHash, `farmhashna::Hash64`.
    """
    n = rows.length
    if n <= 16:
        return _to_16(rows)
    if n <= 32:
        return _to_32(rows)
    if n <= 64:
        return _to_64(rows)
    count = rows.bytes.shape[0]
    zero = np.zeros(count, np.uint64)
    seed = 81
    start = seed * int(_K1) + 113
    y = zero + _constant(start)
    z = _mix(y * _K2 + np.uint64(113)) * _K2
    x = np.uint64(seed) * _K2 + rows.word(0)
    v, w = (zero, zero), (zero, zero)

    def block(at: int, multiplier: Any, x: Words, y: Words, z: Words, v: Any, w: Any) -> Any:
        last = multiplier is not _K1
        x = _rotate(x + y + v[0] + rows.word(at + 8), 37) * multiplier
        y = _rotate(y + v[1] + rows.word(at + 48), 42) * multiplier
        x = x ^ (w[1] * np.uint64(9) if last else w[1])
        y = y + (v[0] * np.uint64(9) if last else v[0]) + rows.word(at + 40)
        z = _rotate(z + w[0], 33) * multiplier
        v = _weak(rows, at, v[1] * multiplier, x + w[0])
        w = _weak(rows, at + 32, z + w[1], y + rows.word(at + 16))
        return z, y, x, v, w

    blocks = (n - 1) // 64
    for index in range(blocks):
        x, y, z, v, w = block(64 * index, _K1, x, y, z, v, w)
    multiplier = _K1 + ((z & np.uint64(0xFF)) << np.uint64(1))
    first = w[0] + np.uint64((n - 1) & 63)
    v = (v[0] + first, v[1])
    w = (first + v[0], w[1])
    x, y, z, v, w = block(n - 64, multiplier, x, y, z, v, w)
    return _pair(
        _pair(v[0], w[0], multiplier) + _mix(y) * _K0 + z,
        _pair(v[1], w[1], multiplier) + x,
        multiplier,
    )


# ---- SipHash ----


def siphash(key: tuple[int, int]) -> Callable[[_Rows], Words]:
    """SipHash-2-4 under a key of two 64-bit words.

    Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
    """
    k0, k1 = _constant(key[0]), _constant(key[1])

    def rounds(state: list[Words], count: int) -> None:
        v0, v1, v2, v3 = state
        for _ in range(count):
            v0 = v0 + v1
            v2 = v2 + v3
            v1 = _rotate(v1, 51) ^ v0
            v3 = _rotate(v3, 48) ^ v2
            v0 = _rotate(v0, 32)
            v2 = v2 + v1
            v0 = v0 + v3
            v1 = _rotate(v1, 47) ^ v2
            v3 = _rotate(v3, 43) ^ v0
            v2 = _rotate(v2, 32)
        state[:] = [v0, v1, v2, v3]

    def hash_rows(rows: _Rows) -> Words:
        count, n = rows.bytes.shape[0], rows.length
        zero = np.zeros(count, np.uint64)
        state = [
            zero + (k0 ^ _constant(0x736F6D6570736575)),
            zero + (k1 ^ _constant(0x646F72616E646F6D)),
            zero + (k0 ^ _constant(0x6C7967656E657261)),
            zero + (k1 ^ _constant(0x7465646279746573)),
        ]
        whole = n // 8
        words = [rows.word(8 * i) for i in range(whole)]
        words.append(_tail(rows, 8 * whole) | _constant((n & 0xFF) << 56))
        for word in words:
            state[3] = state[3] ^ word
            rounds(state, 2)
            state[0] = state[0] ^ word
        state[2] = state[2] ^ np.uint64(0xFF)
        rounds(state, 4)
        return state[0] ^ state[1] ^ state[2] ^ state[3]

    return hash_rows


def _tail(rows: _Rows, start: int) -> Words:
    """The last, fewer than eight, bytes as one word."""
    word = np.zeros(rows.bytes.shape[0], np.uint64)
    for index in range(rows.length - start):
        word |= rows.byte(start + index) << np.uint64(8 * index)
    return word


# ---- TensorFlow's first hash ----


def legacy(rows: _Rows) -> Words:
    """The hash of `tf.string_to_hash_bucket`, a MurmurHash64A.

    Source: TensorFlow 1.15, core/lib/hash/hash.cc `Hash64`.
    """
    n = rows.length
    multiplier, shift = _constant(0xC6A4A7935BD1E995), np.uint64(47)
    start = 0xDECAFCAFFE ^ (n * int(multiplier) & 0xFFFFFFFFFFFFFFFF)
    h = np.full(rows.bytes.shape[0], start, np.uint64)
    whole = n // 8
    for index in range(whole):
        k = rows.word(8 * index) * multiplier
        k = (k ^ (k >> shift)) * multiplier
        h = (h ^ k) * multiplier
    if n % 8:
        h = (h ^ _tail(rows, 8 * whole)) * multiplier
    h = (h ^ (h >> shift)) * multiplier
    return h ^ (h >> shift)
