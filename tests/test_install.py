"""What an installation consists of, and that it is what scripts import."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import zipfile

import pytest

from tests.programs import ROOT


def output(*command, cwd=ROOT):
    """What a program prints that does not find tfsession by PYTHONPATH; it must end well."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def built(hook, folder):
    """The archive that the build backend makes when an installer calls one of its hooks."""
    code = f"from hatchling import build; print(build.{hook}({str(folder)!r}))"
    return zipfile.ZipFile(folder / output(sys.executable, "-c", code).splitlines()[-1])


def files(archive):
    return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_a_wheel_holds_every_file_of_the_package(tmp_path):
    command = "git ls-files --cached --others --exclude-standard tfsession kernels"
    there = {name for name in output(*command.split()).splitlines() if (ROOT / name).exists()}
    wanted = {f"tfsession/{name.removeprefix('tfsession/')}" for name in there}
    assert files(built("build_wheel", tmp_path)) == wanted


def test_an_editable_install_is_a_path(tmp_path):
    archive = built("build_editable", tmp_path)
    assert files(archive) == {"_tfsession.pth"}
    assert archive.read("_tfsession.pth").decode() == str(ROOT)


def test_nothing_but_tfsession_is_a_package_in_the_tree():
    """With an editable install it would hide a user's folder of the same name."""
    assert [path.parent.name for path in ROOT.glob("*/__init__.py")] == ["tfsession"]
    assert list(ROOT.glob("*.py")) == []


def test_scripts_beside_a_clone_import_the_package(tmp_path):
    """The folder of a clone is called tfsession too, and to Python it is a namespace package."""
    try:
        importlib.metadata.version("tfsession")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("tfsession is not installed")
    (tmp_path / "tfsession").mkdir()
    script = tmp_path / "train.py"
    script.write_text("import tfsession as tf\nprint(tf.Session().run(tf.constant(20) + 1))\n")
    assert output(sys.executable, script.name, cwd=tmp_path) == "21\n"
