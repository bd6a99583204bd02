"""Damaged input: bytes that are changed at random places, and the same with checksums that hold."""

from __future__ import annotations

import random
import struct
from typing import Any

from tfsession.formats.crc32c import masked_crc

# Numbers that formats have at places of consequence: lengths, counts, sizes of axes.
EDGES = (0, 1, 0x7F, 0x80, 0xFF)
WORDS = (0, 1, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63, 2**64 - 1)
# A varint of the largest number, and the texts that stand for numbers.
VARINT = b"\xff" * 9 + b"\x01"
TEXTS = (
    b"-1",
    b"0",
    b"9" * 30,
    b"1e999",
    b"nan",
    b'"',
    b"'",
    b"{",
    b"}",
    b"\0",
    b"\xff",
    b",",
    b"\n",
)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, taken out, put in, doubled, or the end cut off."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(changed) + 1)
        _MUTATIONS[rng.randrange(len(_MUTATIONS))](changed, at, rng)
    return bytes(changed)


def _cut(changed: bytearray, at: int, rng: random.Random) -> None:
    del changed[at:]


def _drop(changed: bytearray, at: int, rng: random.Random) -> None:
    del changed[at : at + rng.randrange(1, 20)]


def _insert(changed: bytearray, at: int, rng: random.Random) -> None:
    changed[at:at] = rng.choice((rng.randbytes(rng.randrange(1, 9)), VARINT, *TEXTS))


def _double(changed: bytearray, at: int, rng: random.Random) -> None:
    changed[at:at] = changed[at : at + rng.randrange(1, 200)] * rng.choice((1, 2, 50))


def _flip(changed: bytearray, at: int, rng: random.Random) -> None:
    if at < len(changed):
        changed[at] ^= 1 << rng.randrange(8)


def _edge(changed: bytearray, at: int, rng: random.Random) -> None:
    if at < len(changed):
        changed[at] = rng.choice((*EDGES, rng.randrange(256)))


def _word(changed: bytearray, at: int, rng: random.Random) -> None:
    size = rng.choice((2, 4, 8))
    word = rng.choice(WORDS) % 256**size
    changed[at : at + size] = word.to_bytes(size, rng.choice(("little", "big")))


_MUTATIONS = (_cut, _drop, _insert, _double, _flip, _edge, _edge, _word)


# ---- Messages ----


def changed(message: Any, rng: random.Random) -> Any:
    """A copy of a message with some fields changed: what is in it has its right type, no more."""
    copy = type(message).FromString(message.SerializeToString())
    for _ in range(rng.choice((1, 1, 2, 5))):
        _change(copy, rng)
    return copy


def _change(message: Any, rng: random.Random) -> None:
    """Changes one field of a message, or of one that is inside of it."""
    there = [field for field, _ in message.ListFields()]
    if not there or rng.random() < 0.1:
        field = rng.choice(message.DESCRIPTOR.fields)
    else:
        field = rng.choice(there)
    value = getattr(message, field.name)
    if rng.random() < 0.1:
        message.ClearField(field.name)
    elif hasattr(value, "keys"):
        _change_map(value, field.message_type.fields_by_name["value"], rng)
    elif field.is_repeated:
        _change_list(value, field, rng)
    elif field.message_type is not None:
        value.SetInParent()
        _change(value, rng)
    else:
        setattr(message, field.name, _scalar(field, value, rng))


def _change_map(entries: Any, field: Any, rng: random.Random) -> None:
    if not entries:
        return
    key = rng.choice(sorted(entries))
    if rng.random() < 0.2:
        del entries[key]
    elif field.message_type is not None:
        _change(entries[key], rng)
    else:
        entries[key] = _scalar(field, entries[key], rng)


def _change_list(values: Any, field: Any, rng: random.Random) -> None:
    at = rng.randrange(len(values) + 1)
    kind = rng.randrange(5)
    if kind == 0 and values:
        del values[at:]
    elif kind == 1 and values:
        values.extend([values[rng.randrange(len(values))]] * rng.choice((1, 2, 100)))
    elif at == len(values):
        return
    elif field.message_type is not None:
        _change(values[at], rng)
    else:
        values[at] = _scalar(field, values[at], rng)


def _scalar(field: Any, value: Any, rng: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, bytes):
        return mutated(value, rng)
    if isinstance(value, str):
        return mutated(value.encode(), rng).decode("utf-8", "ignore")
    if isinstance(value, float):
        return rng.choice((0.0, -1.0, 1e30, float("inf"), float("nan"), -value))
    if field.enum_type is not None:
        return rng.choice((0, 1, 2, 7, 22, 101, 150, 9999, value + 1))
    return _number(field, value, rng)


def _number(field: Any, value: int, rng: random.Random) -> int:
    bits = 32 if field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_UINT32) else 64
    number = rng.choice((*WORDS, value + 1, value - 1, -1, 10**9)) % 2**bits
    is_signed = field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_INT64)
    return number - 2**bits if is_signed and number >= 2 ** (bits - 1) else number


# ---- Checksums ----


def records(*contents: bytes, rng: random.Random | None = None) -> bytes:
    """A TFRecord file with checksums that hold; with `rng`, the length of one record is a lie."""
    lie = -1 if rng is None else rng.randrange(len(contents))
    parts = []
    for index, content in enumerate(contents):
        length = len(content) if index != lie or rng is None else rng.choice(WORDS)
        header = struct.pack("<Q", length)
        parts += [header, _checksum(header), content, _checksum(content)]
    return b"".join(parts)


def resealed(index: bytes) -> bytes:
    """An index of a checkpoint whose first block is what it says it is: damage inside is read."""
    size = index.rfind(b"\0\0\0\0\1\0\0\0\0", 0, max(len(index) - 60, 0))
    if size < 0:
        return index
    block = index[: size + 9]
    return block + _checksum(block) + index[len(block) + 4 :]


def _checksum(content: bytes) -> bytes:
    return masked_crc(content).to_bytes(4, "little")
