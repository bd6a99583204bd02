"""`tfsession saved-model`: what SavedModels take and give, and runs of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tfsession.cli import main as cli

SIGNED = str(Path(__file__).parent / "golden" / "checkpoints" / "tensorflow1" / "signed")

SHOWN = """\
tags: serve
  signature ages (tensorflow/serving/predict)
    inputs
      examples  string  (?,)  names:0
    outputs
      age  float32  (?, 1)  ParseExample/ParseExample:0
  signature constant (tensorflow/serving/predict)
    inputs: none
    outputs
      w  float32  (2, 1)  w/read:0
  signature serving_default (tensorflow/serving/predict)
    inputs
      x  float32  (?, 2)  x:0
    outputs
      y  float32  (?, 1)  y:0
"""


def command(*words: str) -> int:
    return cli.main(["saved-model", SIGNED, *words])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", np.ones((1, 2), np.float32))
    np.savez(tmp_path / "two.npz", x=np.full((2, 2), 2.0), other=np.zeros(3))
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    return tmp_path


@pytest.mark.parametrize("width", ["80", "200"])
def test_signatures_are_shown(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", width)
    assert command() == 0
    assert capsys.readouterr().out == SHOWN
    assert command("--signature", "serving_default", "--json") == 0
    (graph,) = json.loads(capsys.readouterr().out)["meta_graphs"]
    x = {"tensor": "x:0", "dtype": "float32", "shape": [None, 2]}
    assert graph["tags"] == ["serve"]
    assert list(graph["signatures"]) == ["serving_default"]
    assert graph["signatures"]["serving_default"]["inputs"] == {"x": x}


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--inputs", "x=FOLDER/x.npy"], [[3.0]]),
        (["--inputs", "x=FOLDER/two.npz[x]"], [[6.0], [6.0]]),
        (["--input-exprs", "x=np.ones([1, 2]) * 2"], [[6.0]]),
        (["--input_exprs", "x=[[1, -1.5]]"], [[-2.0]]),
        (["--inputs", "x=FOLDER/x.npy", "--input-exprs", "x=[[0, 0]];"], [[0.0]]),
        (
            ["--signature_def", "ages", "--input_examples", 'examples=[{"age": [26.0]}]'],
            [[26.0]],
        ),
        (["--tag_set", "serve", "--signature", "constant", "--run"], [[1.0], [2.0]]),
    ],
)
def test_a_signature_runs_on_what_is_given(words, values, files, capsys):
    words = [word.replace("FOLDER", str(files)) for word in words]
    assert command(*words, "--json") == 0
    (output,) = json.loads(capsys.readouterr().out)["outputs"].values()
    assert (output["dtype"], output["values"]) == ("float32", values)


def test_outputs_are_printed_or_written(files, capsys):
    assert command("--inputs", f"x={files}/x.npy") == 0
    assert capsys.readouterr().out == "y  float32  (1, 1)\n[[3.]]\n"
    words = ["--input-exprs", "x=[[1, 2]]", "--outdir", str(files / "out")]
    assert command(*words) == 0
    assert np.load(files / "out" / "y.npy").tolist() == [[5.0]]
    assert command(*words) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert command(*words, "--overwrite") == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--tags", "gpu"], "--tags gpu: there is no such graph; want one of serve"),
        (["--signature", "f"], "want one of ages, constant, serving_default"),
        (["--run"], "signature serving_default also wants x"),
        (["--input-exprs", "z=1"], "z is no input of signature serving_default; its inputs: x"),
        (["--input-exprs", "x=np.ones(3)"], "Cannot feed value of shape (3,) for Tensor 'x:0'"),
        (["--input-exprs", "x=open('a')"], "'open' is none of numbers, text, lists"),
        (["--input-exprs", "x=np.ones([1, 2]).__class__"], "is none of numbers, text, lists"),
        (["--input-exprs", "x=1 / 0"], "x=1 / 0: division by zero"),
        (["--input-exprs", "x=np.ones(3"], "has no end"),
        (["--inputs", "x"], "--inputs: 'x' is not name=value"),
        (["--inputs", "x=FOLDER/none.npy"], "No such file or directory"),
        (["--inputs", "x=FOLDER/two.npz"], "two.npz holds x, other; want x="),
        (["--inputs", "x=FOLDER/objects.npy"], "allow_pickle=False"),
        (["--signature", "ages", "--input-exprs", "examples=['a']"], "Could not parse example"),
    ],
)
def test_what_cannot_be_done_is_said(words, text, files, capsys):
    assert command(*(word.replace("FOLDER", str(files)) for word in words)) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("tfsession saved-model: ")
    assert text in printed.err


def test_a_folder_without_a_model(tmp_path, capsys):
    assert cli.main(["saved-model", str(tmp_path)]) == 1
    assert "SavedModel file does not exist at" in capsys.readouterr().err
