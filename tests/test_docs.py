"""The documents say what is true: their programs run, their links lead somewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tfsession

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def run_python(code: str, **environment: str) -> str:
    """What a program prints, in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def promised_output(code: str) -> list[str]:
    """What the comments behind a block's print calls promise."""
    return re.findall(r"^ *print\(.*\)  # (.*)$", code, re.MULTILINE)


README_BLOCKS = blocks(ROOT / "README.md", "python")
DIFFERENCES_BLOCKS = blocks(ROOT / "docs" / "differences.md", "python")


@pytest.mark.parametrize("code", [*README_BLOCKS, *DIFFERENCES_BLOCKS])
def test_blocks_run_and_print_what_they_say(code):
    printed = run_python(code)
    for line in promised_output(code):
        assert line in printed


def test_output_that_follows_a_block_is_what_it_prints():
    page = (ROOT / "README.md").read_text()
    pairs = re.findall(
        r"^```python\n((?:(?!^```).)*)^```\n\nprints\n\n^```\n(.*?)^```",
        page,
        re.DOTALL | re.MULTILINE,
    )
    assert pairs
    for code, output in pairs:
        assert run_python(code).rstrip() == output.rstrip()


def test_readme_shows_programs():
    assert any(promised_output(code) for code in README_BLOCKS)


def test_readme_describes_a_step_by_modules_that_exist():
    section = re.search(
        r"## The path of a step\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.S
    )
    modules = re.findall(r"`((?:tfsession|kernels)/[\w./]*)`", section[1])
    assert len(modules) > 10
    assert [name for name in modules if not (ROOT / name).exists()] == []


def test_the_op_of_contributing_is_whole():
    """The three files of the example make an op that passes the tests of all ops."""
    definition, kernel, record = blocks(ROOT / "CONTRIBUTING.md", "python")
    program = f"""
import tfsession as tf
from dataclasses import replace
from tests import test_ops
from tfsession import lower, registry

lower.load_kernels()
# Whoever follows the example puts the op into the tree.
for table in (registry.OPS, registry.SHAPES, registry.GRADIENTS, registry.KERNELS):
    for key in [key for key in table if "Roll" in (key, key[0])]:
        del table[key]
# An op's kernels are looked for in the file that has the name of its own.
public = {{"__name__": "tfsession.ops.array"}}
cases = {{}}
exec({definition!r}, public)
exec({kernel!r}, {{}})
exec({record!r}, cases)
tf.roll = public["roll"]

for case in cases["CASES"]:
    case = replace(case, golden=False)
    for dtype in case.dtypes:
        test_ops.test_value_shape_and_dtype("array", case, dtype, "CPU")
        test_ops.test_value_where_shapes_are_unknown("array", case, dtype, "CPU")
    for known_shapes in (True, False):
        test_ops.test_gradient(case, "CPU", known_shapes)
print("whole")
"""
    assert run_python(program) == "whole\n"


def names_of(heading: str) -> list[str]:
    """The public names that a paragraph of the README lists, such as `tf.nn.conv2d`."""
    text = (ROOT / "README.md").read_text()
    paragraph = text.partition(f"\n**{heading}**")[2].partition("\n\n**")[0].partition("\n## ")[0]
    names = re.findall(r"`tf\.([\w.]+)`", paragraph)
    assert names
    return names


def is_public(name: str) -> bool:
    """Whether tfsession has a name."""
    thing = tfsession
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing is not None


def test_readme_says_what_works_and_what_does_not():
    assert [name for name in names_of("Works.") if not is_public(name)] == []
    assert [name for name in names_of("Does not work yet.") if is_public(name)] == []


def test_table_of_ops_is_the_registry():
    spec = importlib.util.spec_from_file_location("ops_table", ROOT / "docs" / "ops_table.py")
    ops_table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ops_table)
    assert ops_table.PAGE.read_text() == ops_table.page(), "run python docs/ops_table.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_presets_of_the_readme_exist():
    names = re.findall(r"\bconfigs/\w+\.pbtxt", (ROOT / "README.md").read_text())
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []
