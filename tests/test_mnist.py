"""The MNIST digits against TensorFlow 1.15's, and small data sets beside them."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies

import tfsession as tf
from tests.golden import record_mnist
from tests.programs import run_python
from tfsession.contrib import learn, mnist

GOLDEN = Path(__file__).parent / "golden" / "mnist.json"
IMAGES = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"


@pytest.fixture
def folder(tmp_path):
    """A folder with a small MNIST."""
    record_mnist.write(str(tmp_path))
    return tmp_path


def read(folder, **options):
    return mnist.read_data_sets(str(folder), **{"validation_size": 10, **options})


# ---- read_data_sets ----


def test_batches_are_tensorflows(folder, capsys):
    expected = json.loads(GOLDEN.read_text())
    found = record_mnist.batches(tf, str(folder))
    assert found.pop("pixels") == pytest.approx(expected.pop("pixels"), rel=1e-7)
    assert found == expected
    assert f"Extracting {folder / IMAGES}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "lines",
    [
        "from tensorflow.examples.tutorials.mnist import input_data",
        "import tensorflow.examples.tutorials.mnist.input_data as input_data",
        "import tensorflow.examples.tutorials.mnist.input_data\n"
        "input_data = tensorflow.examples.tutorials.mnist.input_data",
        "import tensorflow as tf; input_data = tf.examples.tutorials.mnist.input_data",
        "from tensorflow.contrib.learn.python.learn.datasets import mnist as input_data",
        "import tensorflow.contrib.learn as learn; input_data = learn.datasets.mnist",
        "import tensorflow as tf; input_data = tf.contrib.learn.datasets.mnist",
        "from tensorflow.contrib.learn.python.learn.datasets.mnist import read_data_sets\n"
        "class input_data: read_data_sets = staticmethod(read_data_sets)",
    ],
)
def test_every_form_of_import(folder, lines):
    (folder / "script.py").write_text(
        f"{lines}\nprint(input_data.read_data_sets({str(folder)!r}, validation_size=3)"
        ".validation.labels)"
    )
    printed = run_python(
        f"import sys; sys.argv = ['', {str(folder / 'script.py')!r}]\n"
        "from tfsession.cli.main import main; main()"
    )
    assert printed.endswith("[0 1 2]\n")


def test_missing_files_are_named(folder):
    for name in (IMAGES, LABELS):
        (folder / name).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        read(folder)
    assert str(caught.value) == (
        f"read_data_sets: {IMAGES}, {LABELS} not found in {folder}; tfsession downloads nothing: "
        "put what https://storage.googleapis.com/cvdf-datasets/mnist/ has under these names there."
    )


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"validation_size": 71}, ValueError, "between 0 and 70. Received: 71."),
        ({"validation_size": -1}, ValueError, "between 0 and 70. Received: -1."),
        ({"dtype": tf.int32}, TypeError, "Invalid image dtype tf.int32, expected uint8 or float32"),
    ],
)
def test_mistakes(folder, options, error, text):
    with pytest.raises(error, match=text):
        read(folder, **options)


LABELS_HEADER = struct.pack(">II", 2049, 70)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        (IMAGES, gzip.compress(struct.pack(">IIII", 7, 1, 1, 1)), "number 7 in MNIST image file: "),
        (LABELS, gzip.compress(struct.pack(">II", 7, 1)), "number 7 in MNIST label file: "),
        (LABELS, gzip.compress(LABELS_HEADER + b"ab"), "has 2 bytes behind its header, .* 70"),
        (LABELS, gzip.compress(b"ab"), "ends within its header"),
        (LABELS, b"", "ends within its header"),
        (LABELS, b"no gzip", "is not a whole gzip file: Not a gzipped file"),
        (LABELS, gzip.compress(LABELS_HEADER + bytes(70))[:-9], "is not a whole gzip file"),
    ],
)
def test_damaged_files(folder, name, content, text):
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=text):
        read(folder)


@given(data=strategies.data())
def test_a_changed_file_is_read_or_refused(tmp_path_factory, data):
    original = record_mnist.files()[LABELS]
    changed = bytearray(original)
    for _ in range(data.draw(strategies.integers(1, 3))):
        changed[data.draw(strategies.integers(0, len(original) - 1))] = data.draw(
            strategies.integers(0, 255)
        )
    path = tmp_path_factory.mktemp("changed") / LABELS
    path.write_bytes(changed)
    try:
        with open(path, "rb") as file:
            labels = mnist.extract_labels(file)
    except ValueError:
        return
    assert labels.dtype == np.uint8
    assert labels.ndim == 1


def test_a_data_set_of_other_images():
    images = np.zeros([3, 4, 4, 3], np.uint8)
    assert mnist.DataSet(images, np.zeros(3), reshape=False).images.shape == (3, 4, 4, 3)
    with pytest.raises(AssertionError):
        mnist.DataSet(images, np.zeros(3))
    with pytest.raises(AssertionError, match=r"images.shape: \(3, 4, 4, 3\) labels.shape: \(4,\)"):
        mnist.DataSet(images, np.zeros(4), reshape=False)


def test_one_hot():
    rows = mnist.dense_to_one_hot(np.array([1, 0]), 3)
    assert rows.tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    with pytest.raises(IndexError):
        mnist.dense_to_one_hot(np.array([5]), 3)


def test_the_network_of_the_tutorial_learns(folder, graph, session):
    from tfsession.examples.tutorials.mnist import mnist as network

    train = read(folder).train
    images = tf.placeholder(tf.float32, [None, network.IMAGE_PIXELS])
    labels = tf.placeholder(tf.int32, [None])
    tf.set_random_seed(1)
    logits = network.inference(images, 16, 8)
    loss = network.loss(logits, labels)
    step = network.training(loss, 0.02)
    correct = network.evaluation(logits, labels)
    session.run(tf.global_variables_initializer())
    feeds = dict(zip((images, labels), train.next_batch(60, shuffle=False), strict=True))
    first = session.run(loss, feeds)
    for _ in range(30):
        session.run(step, feeds)
    assert session.run(loss, feeds) < first
    assert 0 <= session.run(correct, feeds) <= 60
    assert [v.op.name for v in tf.global_variables()] == [
        "hidden1/weights",
        "hidden1/biases",
        "hidden2/weights",
        "hidden2/biases",
        "softmax_linear/weights",
        "softmax_linear/biases",
        "global_step",
    ]
    assert session.run("global_step:0") == 30


# ---- Small data sets ----


def test_irises():
    irises = learn.datasets.load_iris()
    assert irises.data.shape == (150, 4)
    assert irises.data.dtype == np.float64
    assert np.bincount(irises.target).tolist() == [50, 50, 50]
    assert irises.data.mean(axis=0) == pytest.approx(
        [5.843333, 3.054, 3.758667, 1.198667], abs=1e-5
    )


def test_csv_files(tmp_path):
    base = learn.datasets.base
    path = tmp_path / "with.csv"
    path.write_text("3,2,a,b,c\n1.5,2,0\n3,4,1\n5,6,2\n")
    found = base.load_csv_with_header(path, np.int32, np.float32)
    assert found.data.tolist() == [[1.5, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert found.target.tolist() == [0, 1, 2]
    assert (found.data.dtype, found.target.dtype) == (np.float32, np.int32)
    path.write_text("7,1.5\n8,2.5\n")
    found = base.load_csv_without_header(path, np.int64, np.float64, target_column=0)
    assert found.data.tolist() == [[1.5], [2.5]]
    assert found.target.tolist() == [7, 8]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y,z\n1.5,2,0\n", "invalid literal for int"),
        ("4,2,a\n1.5,2,0\n", "promises 4 lines of 3 columns, and has 1"),
        ("1,2,a\n1.5,2,0\n3,4,5\n", "promises 1 lines of 3 columns, and has 2"),
        ("1,2,a\n1.5,0\n", r"and has 1 of \[2\]"),
        ("", "has no line with two numbers"),
        ("1,1\nx,0\n", "could not convert string to float"),
    ],
)
def test_csv_files_with_mistakes(tmp_path, text, message):
    path = tmp_path / "file.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        learn.datasets.base.load_csv_with_header(path, np.int32, np.float32)


def test_files_that_are_not_there(tmp_path):
    base = learn.datasets.base
    with pytest.raises(tf.errors.NotFoundError, match="; No such file or directory"):
        base.load_csv_with_header(tmp_path / "absent", np.int32, np.float32)
    with pytest.raises(FileNotFoundError, match=r"maybe_download: f not found in .*http://x"):
        base.maybe_download("f", str(tmp_path), "http://x")
    (tmp_path / "f").write_text("")
    assert base.maybe_download("f", str(tmp_path), "http://x") == str(tmp_path / "f")


# ---- Words ----


def test_words_as_numbers(tmp_path):
    processor = learn.preprocessing.VocabularyProcessor(4)
    found = list(processor.fit_transform(["a b, a", "c d e f g"]))
    assert [ids.tolist() for ids in found] == [[1, 2, 1, 0], [3, 4, 5, 6]]
    assert found[0].dtype == np.int64
    assert len(processor.vocabulary_) == 8
    assert list(processor.reverse(found[:1])) == ["a b a <UNK>"]
    processor.save(str(tmp_path / "words"))
    restored = learn.preprocessing.VocabularyProcessor.restore(str(tmp_path / "words"))
    assert [ids.tolist() for ids in restored.transform(["b zz a", ""])] == [
        [2, 0, 1, 0],
        [0, 0, 0, 0],
    ]
    with pytest.raises(tf.errors.NotFoundError):
        learn.preprocessing.VocabularyProcessor.restore(str(tmp_path / "absent"))


def test_rare_words_are_unknown():
    processor = learn.preprocessing.VocabularyProcessor(3, min_frequency=1)
    processor.fit(["a b a", "a c c"])
    assert [ids.tolist() for ids in processor.transform(["a b c"])] == [[1, 0, 2]]


def test_another_tokenizer():
    processor = learn.preprocessing.VocabularyProcessor(
        3, tokenizer_fn=lambda it: map(str.split, it)
    )
    assert [ids.tolist() for ids in processor.fit_transform(["a,b c"])] == [[1, 2, 0]]


def test_words():
    text = "Don't DO this-way ABCdef HTTPServer x_y 3.5 é"
    (words,) = learn.preprocessing.tokenizer([text])
    assert words == "Don't DO this-way AB Cdef HTTP Server x_y 3 5 é".split()


@pytest.mark.parametrize(
    ("limit", "numbers"),
    [
        (4, {"<UNK>": 0, "a": 1, "d": 2}),
        (5, {"<UNK>": 0, "a": 1, "d": 2}),
        (6, {"<UNK>": 0, "b": 1, "c": 2, "a": 3, "d": 4}),
    ],
)
def test_frequent_categories_are_numbered_first(limit, numbers):
    vocabulary = learn.preprocessing.CategoricalVocabulary()
    for category, count in (("d", 1), ("b", 5), ("c", 5), ("a", 2)):
        vocabulary.add(category, count)
    vocabulary.trim(0, max_frequency=limit)
    assert {vocabulary.reverse(n): n for n in range(len(vocabulary))} == numbers


def test_a_frozen_vocabulary_has_no_new_categories():
    vocabulary = learn.preprocessing.CategoricalVocabulary(support_reverse=False)
    vocabulary.freeze()
    assert vocabulary.get("a") == 0
    vocabulary.freeze(False)
    assert [vocabulary.get("a"), vocabulary.get(""), vocabulary.get("a")] == [1, 2, 1]
    with pytest.raises(ValueError, match="wasn't initialized with support_reverse"):
        vocabulary.reverse(0)


def test_bytes_as_numbers():
    processor = learn.preprocessing.ByteProcessor(5)
    found = list(processor.fit(None).fit_transform(["ab", "é日", b"xyzzyx"]))
    assert [ids.tolist() for ids in found] == [
        [97, 98, 0, 0, 0],
        [195, 169, 230, 151, 165],
        [120, 121, 122, 122, 121],
    ]
    assert list(processor.reverse(found[:2])) == ["ab", "é日"]


def test_modes():
    modes = learn.ModeKeys
    assert (modes.TRAIN, modes.EVAL, modes.INFER) == ("train", "eval", "infer")
    modes.validate("eval")
    with pytest.raises(ValueError, match=r"Invalid mode x\."):
        modes.validate("x")
