"""String ops beyond their records: errors, patterns, printed tensors, hashes."""

from __future__ import annotations

import re
from random import Random

import numpy as np
import pytest

import tfsession as tf
from tests.cases.parsing import texts
from tfsession.kernels import fingerprints, patterns

pytestmark = pytest.mark.usefixtures("graph")


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def late(value):
    """A tensor of which the graph knows nothing."""
    return tf.placeholder_with_default(value, None)


def refuses(text, build, error=tf.errors.InvalidArgumentError):
    with pytest.raises(error, match=re.escape(text)):
        run(build())


# ---- Errors ----


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("Input shapes do not match: [1] vs. [2]",
         lambda: tf.string_join([late([b"a"]), late([b"a", b"b"])])),
        ("pos 5 out of range for string b'abc' at index 1",
         lambda: tf.substr([b"abcdef", b"abc"], [5, 5], [1, 1])),
        ("Incompatible shapes: [2] vs. [3]",
         lambda: tf.substr(late([b"a", b"b"]), late([0, 0, 0]), late([1, 1, 1]))),
        ("Invalid pattern: (, error: missing ): (", lambda: tf.regex_replace(["a"], "(", "b")),
        ("Invalid pattern: (?=a), error: invalid perl operator: (?=",
         lambda: tf.regex_replace(["a"], "(?=a)", "b")),
        ("Invalid pattern: [a, error: missing ]: [a",
         lambda: tf.strings.regex_full_match(["a"], late("[a"))),
        ("StringToNumberOp could not correctly convert string: 3.5",
         lambda: tf.string_to_number(["3.5"], tf.int32)),
        ("StringToNumberOp could not correctly convert string: 3000000000",
         lambda: tf.string_to_number(["3000000000"], tf.int32)),
        ("scientific and shortest format not supported for datatype int32",
         lambda: tf.as_string([1], scientific=True)),
        ("Cannot select both scientific and shortest notation",
         lambda: tf.as_string([1.0], scientific=True, shortest=True)),
        ('Fill argument not supported: "x"', lambda: tf.as_string([1.0], fill="x")),
        ("element 1 has size 3 != 1", lambda: tf.decode_raw(["abc", "d"], tf.uint8)),
        ("Input to DecodeRaw has length 3 that is not a multiple of 4, the size of float",
         lambda: tf.decode_raw(["abc"], tf.float32)),
        ("Base64 string length cannot be 1 modulo 4.", lambda: tf.decode_base64(["a"])),
        ("Invalid character found in base64.", lambda: tf.decode_base64(["a*+/"])),
        ("Duplicate reduction dimension 0", lambda: tf.reduce_join(late([["a"]]), [0, 0])),
        ("input must be a vector, got shape: [1,1]", lambda: tf.string_split(late([["a"]]))),
        ("Key must have 2 elements",
         lambda: tf.string_to_hash_bucket_strong(["a"], 5, [1])),
    ],
)  # fmt: skip
def test_messages(text, build):
    refuses(text, build)


def test_a_reduction_dimension_out_of_range():
    refuses(
        "Invalid reduction dimension 3 for input with 1 dimension(s)",
        lambda: tf.reduce_join(late(["a"]), 3),
        tf.errors.OutOfRangeError,
    )
    with pytest.raises(ValueError, match="Invalid reduction dimension 3 for input with 1"):
        tf.reduce_join(["a"], 3)


def test_format_counts_its_placeholders():
    with pytest.raises(ValueError, match=r"1 placeholder\(s\) in template does not match 2"):
        tf.strings.format("{}", [1, 2])


# ---- Regular expressions ----


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (b"a$", b"a", b"a\n"),
        (b"(?m)a$\nb", b"a\nb", b"a"),
        (b"[]a]+", b"a]", b"b"),
        (b"[^\\d\\]]", b"x", b"]"),
        (b"\\w", b"_", "ä".encode()),
        (b"\\PL", b"1", "ä".encode()),
        (b"[\\p{Lu}x]", "Ä".encode(), "ä".encode()),
        (b"\\x{e4}", "ä".encode(), b"a"),
        (b"(?P<n>a)(?:b|c)", b"ac", b"a"),
        (b"x(?i:A)y", b"xay", b"XaY"),
        (b"(?s).", b"\n", b""),
        (b".", "ä".encode(), b"\xff"),
        (b"a[^b]?\\W?", b"a", b"a\xff"),
        (b"[[]", b"[", b"]"),
    ],
)
def test_patterns_mean_what_re2_means(pattern, matching, other):
    for compiled in both(pattern):
        assert compiled.matches(patterns.as_text(matching))
        assert not compiled.matches(patterns.as_text(other))


def both(pattern):
    """A pattern by google-re2, where it is installed, and by our own reader."""
    return patterns.translate(pattern), patterns.own_pattern(pattern)


@pytest.mark.parametrize("compiler", [patterns.translate, patterns.own_pattern])
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (b"\\1", "invalid escape sequence: \\1"),
        (b"\\x4", "invalid escape sequence: \\x4"),
        (b"(?<=a)b", "invalid perl operator: (?<"),
        (b"(?z)", "invalid perl operator: (?z"),
        (b"(?P<n-a>a)", "invalid named capture group: (?P<n-a>"),
        (b"a**", "bad repetition operator: **"),
        (b"a*?+", "bad repetition operator: *?+"),
        (b"a|*", "no argument for repetition operator: *"),
        (b"a{1001}", "invalid repetition size: {1001}"),
        (b"a{2,1}", "invalid repetition size: {2,1}"),
        (b"(?:a{1000}){1000}", "invalid repetition size: {1000}"),
        (b"a)", "unexpected ): a)"),
        (b"(" * 5000, "missing ): " + "(" * 5000),
        (b"\\p{Nothing}", "invalid character class range: \\p{Nothing}"),
        (b"[b-a]", "invalid character class range: b-a"),
        (b"[a-\\d]", "invalid escape sequence: \\d"),
        (b"[[:foo:]]", "invalid character class range: [:foo:]"),
        (b"[a", "missing ]: [a"),
        (b"\\", "trailing \\"),
    ],
)  # fmt: skip
def test_what_re2_refuses(compiler, pattern, reason):
    text = f"Invalid pattern: {pattern.decode()}, error: {reason}"
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
        compiler(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        (b"(a+)+$", "a" * 30 + "!", False),
        (b"(a|a)*b", "a" * 5000, False),
        (b"(?:a?){30}a{30}", "a" * 30, True),
        (b"(x+x+)+y", "x" * 2000, False),
        (b".*.*.*=.*", "x" * 2000, False),
        (b"(" * 5000 + b"a" + b")" * 5000, "a", True),
        (b"(?:a{0,30}){33}b", "a" * 200, False),
    ],
)
def test_a_pattern_needs_time_in_proportion_to_the_text(pattern, text, is_found):
    """By Python's `re` alone, the first of these would take longer than anyone lives."""
    for compiled in both(pattern):
        assert compiled.matches(text) is is_found


def random_pattern(random, depth):
    kind = random.randrange(10)
    if depth == 0 or kind < 4:
        leaves = ["a", "b", ".", "[ab]", "[^a]", "\\w", "\\b", "^", "$", "é", "(?i)A", "(?i:B)"]
        return random.choice(leaves)
    inner = random_pattern(random, depth - 1)
    if kind < 6:
        return f"({inner})"
    if kind == 6:
        return f"(?:{inner}|{random_pattern(random, depth - 1)})"
    if kind == 7:
        return inner + random_pattern(random, depth - 1)
    return f"(?:a{inner}){random.choice(['*', '+', '?', '{2}', '{1,3}', '*?', '+?', '??'])}"


def test_our_own_patterns_are_re2s():
    """Both ways of our own, attempts and the machine, find what google-re2 finds."""
    pytest.importorskip("re2")
    random = Random(0)
    for _ in range(500):
        pattern = random_pattern(random, 4)
        text = "".join(random.choice("aabABé 1\n") for _ in range(random.randrange(12)))
        re2, own = both(pattern.encode())
        parts = tuple(part for group in range(min(9, own.groups) + 1) for part in (group, "/"))
        found = [
            patterns.replace(engine.search, parts, text.encode(), everywhere=True)
            for engine in (re2, own.by_attempts, own.by_machine)
        ]
        assert found == found[:1] * 3, pattern


def test_a_rewrite_of_a_group_that_is_not_there_changes_nothing():
    assert run(tf.regex_replace(["abc"], "b", "\\1")).tolist() == [b"abc"]


# ---- Hashes ----


def test_hashes_do_not_depend_on_company():
    strings = texts([b"x" * n for n in range(150)])(None, None)[0].tolist()
    together = fingerprints.hash_all(fingerprints.fingerprint64, strings)
    alone = [fingerprints.hash_all(fingerprints.fingerprint64, [s])[0] for s in strings]
    assert together.tolist() == alone
    assert len(set(alone)) == 150


# ---- Static shapes, names, constants ----


def test_static_shapes():
    x = tf.placeholder(tf.string, [3, None])
    assert tf.string_join([x, "-"]).shape.as_list() == [3, None]
    assert tf.reduce_join(x, 1).shape.as_list() == [3]
    assert tf.reduce_join(x, 0, keep_dims=True).shape.as_list() == [1, None]
    assert tf.decode_raw(x, tf.uint8).shape.as_list() == [3, None, None]
    assert tf.string_split(x[:, 0]).indices.shape.as_list() == [None, 2]


def test_patterns_given_as_text_are_attributes():
    assert tf.regex_replace(["a"], "a", "b").op.type == "StaticRegexReplace"
    assert tf.regex_replace(["a"], tf.constant("a"), "b").op.type == "RegexReplace"


def test_older_and_newer_names_of_arguments():
    assert run(tf.string_to_number(input="3")) == 3
    assert run(tf.string_split(source=["a,b"], delimiter=",")).values.tolist() == [b"a", b"b"]
    assert run(tf.decode_raw(bytes="ab", out_type=tf.uint8)).tolist() == [97, 98]
    with pytest.raises(ValueError, match="Cannot specify both"):
        tf.string_split(["a"], sep=",", delimiter=",")


def test_split_gives_a_sparse_matrix():
    value = run(tf.strings.split(["a b", "", " c"]))
    assert value.indices.tolist() == [[0, 0], [0, 1], [2, 0]]
    assert value.dense_shape.tolist() == [3, 2]


def test_strings_of_no_elements():
    empty = tf.constant([], tf.string)
    assert run(tf.as_string(tf.constant([], tf.int32))).shape == (0,)
    assert run(tf.string_to_hash_bucket_fast(empty, 7)).dtype == np.int64
    assert run(tf.decode_raw(empty, tf.float32)).shape == (0, 0)
    assert run(tf.string_split(empty)).dense_shape.tolist() == [0, 0]


def test_attributes_that_contradict_each_other_name_the_operation():
    text = tf.as_string([1], precision=3, name="text")
    with pytest.raises(tf.errors.InvalidArgumentError, match="precision not supported") as caught:
        run(text)
    assert caught.value.op is text.op
    assert "[[node text (defined at" in caught.value.message


# ---- Scalars ----


def uses(x):
    """Ops that take a string scalar as an array."""
    return [tf.reshape(x, [1]), tf.strings.length(x), tf.expand_dims(x + "!", 0)]


def assert_used(values, text):
    one, length, joined = values
    assert (one.tolist(), length, joined.tolist()) == ([text], len(text), [text + b"!"])


def test_a_scalar_may_come_from_anywhere():
    x, y = (tf.placeholder(tf.string, []) for _ in range(2))
    queue = tf.FIFOQueue(2, [tf.string], [[]])
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["ab"], ["found"]), "none"
    )
    v = tf.Variable("old")
    chosen = tf.cond(tf.equal(x, "a"), lambda: x + y, lambda: tf.identity(y))
    feeds = {x: b"a", y: b"b"}
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        session.run(queue.enqueue(x + y), feeds)
        assert_used(session.run(uses(queue.dequeue())), b"ab")
        assert_used(session.run(uses(table.lookup(x + y)), feeds), b"found")
        assert_used(session.run(uses(chosen), feeds), b"ab")
        assert_used(session.run(uses(chosen), {x: b"b", y: b"c"}), b"c")
        assert_used(session.run(uses(tf.constant("a") + tf.constant("b"))), b"ab")
        assert session.run(tf.assign(v, x + y), feeds) == b"ab"
        assert_used(session.run(uses(v)), b"ab")
        handle = session.run(tf.get_session_handle(x + y), feeds)
        holder, kept = tf.get_session_tensor(handle.handle, tf.string)
        assert_used(session.run(uses(kept), {holder: handle.handle}), b"ab")
        total = x + y
        fetched = uses(total)
        partial = session.partial_run_setup([total, *fetched], [x, y])
        assert session.partial_run(partial, total, feeds) == b"ab"
        assert_used(session.partial_run(partial, fetched), b"ab")


def test_elements_of_an_array_of_strings_that_were_not_written():
    array = tf.TensorArray(tf.string, size=2, element_shape=[])
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="TensorSetZero type not supported"),
    ):
        session.run(array.stack())
