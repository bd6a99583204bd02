"""The examples run as their users run them, and print what they should."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


def run(name: str, *arguments: str, with_log: bool = False, **environment: str) -> str:
    """What an example prints, and with `with_log` its log; it runs in another folder."""
    result = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=EXAMPLES,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert result.returncode == 0, result.stderr
    return result.stderr + result.stdout if with_log else result.stdout


def test_first_graph():
    assert run("first_graph.py").splitlines() == [
        "y = [[2.0, 2.0], [0.0, 0.0]]",
        "dw = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]",
    ]


def test_linear_regression():
    last = run("linear_regression.py").splitlines()[-1]
    assert last.startswith("after 200 steps: y = 3.0")
    assert float(last.split()[-1]) < 0.011


def test_word_vectors():
    """The two nearest words of each are the others of its kind."""
    kinds = [{"cat", "dog", "cow"}, {"eats", "sees", "finds"}, {"bread", "grass", "fish"}]
    lines = run("word_vectors.py").splitlines()
    found = [set(re.findall(r"\w+", line)) for line in lines]
    assert found == [kind for kind in kinds for _ in kind]


def test_bert_pretraining(tmp_path):
    """The figures are those of TensorFlow 1.15.5, which goes on from these checkpoints."""
    lines = run("bert_pretraining.py", "--steps", "30", "--output_dir", str(tmp_path)).splitlines()
    assert lines == [
        "global_step = 30.000",
        "loss = 3.273",
        "masked_lm_accuracy = 0.087",
        "masked_lm_loss = 2.576",
        "next_sentence_accuracy = 0.501",
        "next_sentence_loss = 0.697",
    ]


def test_placement():
    environment = {"TFSESSION_SIMULATED_GPUS": "2x4GiB", "CUDA_VISIBLE_DEVICES": "0,1"}
    lines = run("placement.py", with_log=True, **environment)
    task = "/job:localhost/replica:0/task:0"
    for index in (0, 1):
        assert f"{task}/device:GPU:{index}\n" in lines
        assert f"tower{index}/product: (MatMul): {task}/device:GPU:{index}\n" in lines
    assert f"total: (ConcatV2): {task}/device:CPU:0\n" in lines
    assert lines.splitlines()[-1] == "[[6.0, 6.0], [22.0, 22.0], [38.0, 38.0], [54.0, 54.0]]"


def test_data_parallel():
    """On two GPUs and on none: the same numbers."""
    for gpus, towers in (("2x1GiB", "/device:GPU:0, /device:GPU:1"), ("", "/cpu:0")):
        environment = {"TFSESSION_SIMULATED_GPUS": gpus, "CUDA_VISIBLE_DEVICES": "0,1" * bool(gpus)}
        lines = run("data_parallel.py", **environment).splitlines()
        assert lines == [f"towers on {towers}", "loss 11.6712 before, 0.0163 after 100 steps"]


def test_digits_after_a_few_epochs():
    config = str(ROOT / "configs" / "cpu_only.pbtxt")
    last = run("train_digits.py", "--epochs", "3", "--config", config).splitlines()[-1]
    assert re.fullmatch(r"test accuracy: 0\.\d{3}", last)
    assert float(last.split()[-1]) > 0.9


@pytest.mark.long
def test_digits():
    last = run("train_digits.py").splitlines()[-1]
    assert float(last.removeprefix("test accuracy: ")) >= 0.97


def test_digits_says_where_ops_run():
    options = ["--epochs", "1", "--batch-size", "500", "--log-device-placement"]
    lines = run("train_digits.py", *options, with_log=True)
    assert "convolution1/Conv2D: (Conv2D): /job:localhost/replica:0/task:0/device:" in lines


def last_number(text: str) -> float:
    """The number at the end of what an example prints."""
    return float(text.split()[-1])


def test_layers_digits():
    assert last_number(run("layers_digits.py", "--epochs", "2")) > 0.9


def test_autoencoder():
    assert last_number(run("autoencoder.py", "--steps", "500")) < 0.035


def test_gan():
    found = re.fullmatch(r"mean (.+), standard deviation (.+)\n", run("gan.py", "--steps", "1000"))
    assert found is not None
    assert abs(float(found[1]) - 4) < 1
    assert 0.5 < float(found[2]) < 2.5


def test_lstm_classifier():
    last = run("lstm_classifier.py", "--steps", "100").splitlines()[-1]
    assert float(last.split()[2]) > 0.95


def test_char_rnn():
    text = run("char_rnn.py", "--steps", "120")
    assert text.startswith("humpty dumpty ")


@pytest.mark.long
def test_char_rnn_knows_the_rhyme():
    rhyme = "humpty dumpty sat on a wall, humpty dumpty had a great fall. \n"
    assert run("char_rnn.py") == rhyme


def test_checkpoints():
    lines = run("checkpoints.py").splitlines()
    assert lines[1] == lines[2]
    assert lines[3] == lines[4]
    assert lines[5].startswith("step 120: ")
    assert lines[6:] == ["b []", "b/Momentum []", "global_step []", "w []", "w/Momentum []"]


def test_frozen_graph():
    trained, frozen = run("frozen_graph.py").splitlines()
    numbers = trained.partition("[")[2]
    assert frozen == f"frozen:  [{numbers}, 0 variables"


def test_tensorboard():
    assert run("tensorboard.py", "--steps", "20").splitlines() == [
        "digits/image/0: 2",
        "digits/image/1: 2",
        "loss: 2",
        "the graph: 1",
        "weights: 2",
    ]


def test_nce_words():
    """The nearest word of each is of its kind."""
    kinds = [{"cat", "dog", "cow"}, {"eats", "sees", "finds"}, {"bread", "grass", "fish"}]
    for line in run("nce_words.py").splitlines():
        assert any(set(line.split(": ")) <= kind for kind in kinds), line


def test_dqn():
    assert run("dqn.py").splitlines()[-1] == "steps: 6"


def test_seq2seq_attention():
    """A quarter of the training: more is right than by chance."""
    assert last_number(run("seq2seq_attention.py", "--steps", "200")) > 0.02


@pytest.mark.long
def test_seq2seq_attention_to_the_end():
    assert last_number(run("seq2seq_attention.py")) > 0.9


def test_keras_checkpoints():
    first, second = run("keras_checkpoints.py").splitlines()
    assert first.startswith("epochs 1 to 10: loss ")
    assert second.startswith("epochs 11 to 20: loss ")
    assert last_number(second) > 0.97


def test_every_example_is_tested():
    source = Path(__file__).read_text()
    for path in EXAMPLES.glob("*.py"):
        assert f'"{path.name}"' in source
