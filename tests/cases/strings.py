"""Records of tfsession.ops.strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case, normal

INTEGERS = ("int8", "int16", "int32", "int64")
FLOATS = ("float32", "float64")
WORDS = [
    b"",
    b" a b  c ",
    b"one,two,,three",
    "H\u00e4ngematte \u4e16\u754c".encode(),
    b"\x00\xff\tz",
]
BUCKETS = 2**61 + 12345


def texts(*elements: Any) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: string tensors, each a (nested) list of bytes."""
    return lambda rng, dtype: [np.array(element, object) for element in elements]


def random_texts(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Inputs: strings of all lengths to 200."""
    found = [rng.integers(0, 256, n, np.uint8).tobytes() for n in range(201)]
    return [np.array(found, object)]


def numbers(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Inputs: numbers of very different sizes."""
    if dtype.kind == "b":
        return [np.array([[True, False]])]
    if dtype.kind == "i":
        limits = np.iinfo(dtype)
        return [np.array([0, 1, -7, limits.min, limits.max], dtype)]
    values = np.array([0, 1, -2.5, 1 / 3, 1e-7, 123456.789, np.inf, np.nan])
    if dtype.kind == "c":
        return [(values[:6] + 1j * values[:6][::-1]).astype(dtype)]
    return [values.astype(dtype)]


def scalars(tf: Any, x: Any) -> list[Any]:
    """What other ops make of a string scalar that an op has computed."""
    return [
        x,
        tf.strings.length(x),
        tf.reshape(x, [1]),
        tf.expand_dims(x, 0),
        tf.string_join([x, "q"]),
        tf.stack([x, x]),
        tf.where(tf.equal(x, "ab"), x, x),
        tf.string_to_hash_bucket_fast(x, BUCKETS),
        tf.decode_raw(x, tf.uint8),
    ]


CASES = [
    # ---- Scalars that NumPy would return as bytes ----
    Case("AddV2", "text-scalars", lambda tf, x, y: scalars(tf, x + y), texts(b"a", b"b")),
    Case("Add", "text-scalars", lambda tf, x, y: scalars(tf, tf.add(x, y)), texts(b"a", b"b")),
    Case("StridedSlice", "text-scalars", lambda tf, x: scalars(tf, x[1]), texts([b"a", b"ab"])),
    Case(
        "Unpack",
        "text-scalars",
        lambda tf, x: scalars(tf, tf.unstack(x, 2)[0]),
        texts([b"ab", b""]),
    ),
    Case("Unpack", "one-text", lambda tf, x: scalars(tf, tf.unstack(x, 1)[0]), texts([b"ab"])),
    Case(
        "Exit",
        "text-scalars",
        lambda tf, x: scalars(
            tf, tf.while_loop(lambda y: tf.strings.length(y) < 4, lambda y: y + "b", [x])
        ),
        texts(b"a"),
    ),
    # ---- StringJoin ----
    Case(
        "StringJoin",
        "",
        lambda tf, a, b, c: tf.string_join([a, b, c], separator="-"),
        texts([[b"a", b"b"]], b"+", [[b"c", b""]]),
        expected=lambda a, b, c: np.array([[b"a-+-c", b"b-+-"]], object),
    ),
    Case("StringJoin", "empty", lambda tf, a: tf.strings.join([a, "x"]), texts([])),
    # ---- StringSplit ----
    *(
        Case(
            "StringSplit",
            name,
            lambda tf, x, arguments=arguments: tf.raw_ops.StringSplit(input=x, **arguments),
            texts([*WORDS, b"a b"]),
        )
        for name, arguments in {
            "space": {"delimiter": " "},
            "keeps-empty": {"delimiter": ",", "skip_empty": False},
            "set": {"delimiter": ", "},
            "bytes": {"delimiter": ""},
        }.items()
    ),
    Case(
        "StringSplit",
        "no-strings",
        lambda tf, x: tf.raw_ops.StringSplit(input=x, delimiter=" "),
        texts([]),
    ),
    *(
        Case(
            "StringSplitV2",
            f"{name}-{limit}",
            lambda tf, x, sep=sep, limit=limit: tf.raw_ops.StringSplitV2(
                input=x, sep=sep, maxsplit=limit
            ),
            texts([*WORDS, b"a b", b"a b ", b",,"]),
        )
        for name, sep in {"space": "", "comma": ",", "two": ",,"}.items()
        for limit in (-1, 0, 1, 2)
    ),
    # ---- Substr, StringLength ----
    Case(
        "Substr",
        "",
        lambda tf, x: tf.substr(x, 1, 2),
        texts([b"abcd", b"x"]),
        expected=lambda x: np.array([b"bc", b""], object),
    ),
    Case(
        "Substr",
        "from-the-end",
        lambda tf, x: tf.substr(x, [[-4], [-2]], [[2], [9]]),
        texts([b"abcd", b"efghi"]),
    ),
    Case(
        "Substr",
        "characters",
        lambda tf, x: tf.strings.substr(x, [1, -2], [3, 1], unit="UTF8_CHAR"),
        texts([WORDS[3], WORDS[3]]),
    ),
    Case("StringLength", "", lambda tf, x: tf.strings.length(x), texts(WORDS)),
    Case(
        "StringLength",
        "characters",
        lambda tf, x: tf.strings.length(x, unit="UTF8_CHAR"),
        texts([WORDS[:4]]),
    ),
    # ---- Regular expressions ----
    *(
        Case(
            "StaticRegexReplace",
            name,
            lambda tf, x, p=pattern, r=rewrite: tf.regex_replace(x, p, r),
            texts([*WORDS[:4], b"abxd", b"aaa 12 Bb_", b"line\nline\n"]),
        )
        for name, pattern, rewrite in (
            ("letters", "[a-z]+", "<\\0>"),
            ("groups", "(\\w)(\\w)", "\\2\\1\\\\"),
            ("empty", "x*", "-"),
            ("end", "e$", "!"),
            ("lines", "(?m)e$", "!"),
            ("case", "(?i)B+", "?"),
            ("case-in-the-middle", "a(?i)b|T", "?"),
            ("posix", "[[:upper:][:digit:]]|[[:^ascii:]]", "#"),
            ("category", "\\p{Lu}|\\pN", "#"),
            ("quoted", "\\Q,,\\E|\\s\\z", ";"),
            ("dot", "n.g", "_"),
        )
    ),
    Case(
        "StaticRegexReplace",
        "once",
        lambda tf, x: tf.regex_replace(x, "a", "b", replace_global=False),
        texts([b"aaa", b"bab"]),
    ),
    Case(
        "RegexReplace",
        "",
        lambda tf, x, p: tf.regex_replace(x, p, "\\1."),
        texts([[b"abc", b"xyz"]], b"([ay])"),
    ),
    Case(
        "RegexFullMatch",
        "",
        lambda tf, x, p: tf.strings.regex_full_match(x, p),
        texts([b"abc", b"abcd", b""], b"a.c"),
    ),
    Case(
        "StaticRegexFullMatch",
        "",
        lambda tf, x: tf.strings.regex_full_match(x, "a|abc\n?"),
        texts([b"abc", b"abc\n", b"a", b""]),
    ),
    # ---- StringToNumber, AsString ----
    *(
        Case(
            "StringToNumber",
            dtype,
            lambda tf, x, dtype=dtype: tf.string_to_number(x, dtype),
            texts([[b"1", b"-20", b" 7 "]]),
        )
        for dtype in ("int32", "int64", "float32", "float64")
    ),
    Case(
        "StringToNumber",
        "fractions",
        lambda tf, x: tf.string_to_number(x),
        texts([b"1.5e3", b"-.25", b"inf", b"nan", b"3.4028235e38"]),
    ),
    Case(
        "AsString",
        "",
        lambda tf, x: tf.as_string(x),
        numbers,
        (*INTEGERS, *FLOATS, "complex64", "complex128", "bool"),
        gradient=False,
    ),
    Case(
        "AsString",
        "padded",
        lambda tf, x: tf.as_string(x, width=6, fill="0"),
        numbers,
        (*INTEGERS, *FLOATS),
    ),
    *(
        Case(
            "AsString",
            name,
            lambda tf, x, arguments=arguments: tf.as_string(x, **arguments),
            numbers,
            (*FLOATS, "complex64"),
        )
        for name, arguments in {
            "scientific": {"scientific": True, "precision": 3},
            "shortest": {"shortest": True},
            "left": {"width": 12, "fill": "-", "precision": 2},
        }.items()
    ),
    # ---- Hashes ----
    Case(
        "StringToHashBucketFast",
        "",
        lambda tf, x: tf.string_to_hash_bucket_fast(x, BUCKETS),
        random_texts,
    ),
    Case(
        "StringToHashBucketFast",
        "few",
        lambda tf, x: tf.strings.to_hash_bucket_fast(x, 10),
        texts([[b"a"], [b"b"]]),
    ),
    Case(
        "StringToHashBucketStrong",
        "",
        lambda tf, x: tf.string_to_hash_bucket_strong(x, BUCKETS, [2**62 + 1, 17]),
        random_texts,
    ),
    Case(
        "StringToHashBucket",
        "",
        lambda tf, x: tf.string_to_hash_bucket(x, BUCKETS),
        random_texts,
    ),
    # ---- StringStrip, StringLower, StringUpper ----
    Case("StringStrip", "", lambda tf, x: tf.string_strip(x), texts(WORDS)),
    Case("StringLower", "", lambda tf, x: tf.strings.lower(x), texts([b"AbC", "\u00c4B".encode()])),
    Case(
        "StringLower",
        "utf-8",
        lambda tf, x: tf.strings.lower(x, encoding="utf-8"),
        texts([b"AbC", "\u00c4B".encode()]),
    ),
    Case("StringUpper", "", lambda tf, x: tf.strings.upper(x), texts([b"AbC", "\u00e4B".encode()])),
    Case(
        "StringUpper",
        "utf-8",
        lambda tf, x: tf.strings.upper(x, encoding="utf-8"),
        texts([b"AbC", "\u00e4B".encode()]),
    ),
    # ---- StringFormat ----
    Case(
        "StringFormat",
        "",
        lambda tf, x, y: tf.strings.format("x = {}, y: {}!", [x, y]),
        normal((3, 8), ()),
        (*FLOATS, "int32", "bool"),
        gradient=False,
    ),
    Case(
        "StringFormat",
        "cube",
        lambda tf, x: tf.strings.format("<{}>", x, summarize=1),
        normal((2, 3, 4)),
        gradient=False,
    ),
    Case(
        "StringFormat",
        "text",
        lambda tf, x: tf.strings.format("{}", x, summarize=-1),
        texts([b"a\n", b'"\x00', *[b"x"] * 8]),
    ),
    # ---- DecodeRaw ----
    *(
        Case(
            "DecodeRaw",
            f"{dtype}-{'little' if is_little else 'big'}",
            lambda tf, x, dtype=dtype, is_little=is_little: tf.decode_raw(
                x, dtype, little_endian=is_little
            ),
            texts([[bytes(range(16)), bytes(range(60, 76))]]),
        )
        for dtype in ("uint8", "int16", "float32", "int64", "complex64")
        for is_little in (True, False)
        # TensorFlow 2 turns the two parts round one by one, 1.15 all bytes: tests/edges.py.
        if is_little or dtype != "complex64"
    ),
    Case("DecodeRaw", "empty", lambda tf, x: tf.decode_raw(x, tf.int32), texts([b"", b""])),
    # ---- Base64 ----
    Case(
        "EncodeBase64",
        "",
        lambda tf, x: tf.encode_base64(x),
        texts(WORDS),
    ),
    Case("EncodeBase64", "padded", lambda tf, x: tf.encode_base64(x, pad=True), texts([WORDS])),
    Case(
        "DecodeBase64",
        "",
        lambda tf, x: tf.decode_base64(x),
        texts([b"", b"YQ", b"YQ==", b"YWI", b"_-8"]),
    ),
    # ---- ReduceJoin, UnsortedSegmentJoin ----
    *(
        Case(
            "ReduceJoin",
            name,
            lambda tf, x, arguments=arguments: tf.reduce_join(x, **arguments),
            texts([[[b"a", b"b", b"c"], [b"d", b"e", b"f"]]]),
        )
        for name, arguments in {
            "all": {},
            "last": {"axis": -1, "separator": "."},
            "two": {"reduction_indices": [2, 1]},
            "two-reversed": {"axis": [1, 2]},
            "none": {"axis": []},
            "keeps": {"axis": 1, "keep_dims": True},
        }.items()
    ),
    Case(
        "UnsortedSegmentJoin",
        "",
        lambda tf, x: tf.strings.unsorted_segment_join(x, [0, 2, 0, 3], 5, separator=":"),
        texts([[b"a", b"b"], [b"c", b"d"], [b"e", b"f"], [b"g", b"h"]]),
    ),
]
