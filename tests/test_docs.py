"""The documents say what is true: their programs run, their links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

import tfsession
from tests import needed, skips
from tests.programs import ROOT, run_python
from tfsession.devices.machine import install_cupy

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def promised_output(code: str) -> list[str]:
    """What the comments behind a block's print calls promise."""
    return re.findall(r"^ *print\(.*\)  # (.*)$", code, re.MULTILINE)


README_BLOCKS = blocks(ROOT / "README.md", "python")
DOCS_BLOCKS = [
    code for page in sorted((ROOT / "docs").glob("*.md")) for code in blocks(page, "python")
]


@pytest.mark.parametrize("code", [*README_BLOCKS, *DOCS_BLOCKS])
def test_blocks_run_and_print_what_they_say(code):
    printed = run_python(code)
    for line in promised_output(code):
        assert line in printed


def shown_outputs(page: Path) -> list[tuple[str, str]]:
    """The programs of a page whose whole output follows, with that output."""
    pattern = r"^```python\n((?:(?!^```).)*)^```\n\nprints\n\n^```\n(.*?)^```"
    return re.findall(pattern, page.read_text(), re.DOTALL | re.MULTILINE)


def is_output(shown: str, printed: str) -> bool:
    """Whether a page shows what is printed; a line of three dots stands for any number of lines."""
    parts = shown.rstrip().split("\n...\n")
    return re.fullmatch(r"\n(?:.*\n)*".join(map(re.escape, parts)), printed.rstrip()) is not None


@pytest.mark.parametrize("name", ["memory", "placement"])
def test_output_that_follows_a_block_is_what_it_prints(name):
    outputs = shown_outputs(ROOT / "docs" / f"{name}.md")
    assert outputs
    for code, shown in outputs:
        printed = run_python(code)
        assert is_output(shown, printed), printed


def test_dots_stand_for_lines_and_nothing_else():
    assert is_output("a\n...\nd\n", "a\nb\nc\nd\n")
    assert is_output("a\n...\nd", "a\nd\n")
    assert not is_output("a\n...\nd", "a\nb\nd\ne")
    assert not is_output("a.c", "abc")


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
from tfsession import registry
from tfsession.compile.kernel_table import load_kernels

load_kernels()
# The tree has the op; here the example takes its place.
for table in (registry.OPS, registry.SHAPES, registry.GRADIENTS, registry.KERNELS):
    for key in [key for key in table if "Roll" in (key, key[0])]:
        del table[key]
# An op's kernels are looked for in the file that has the name of its own.
public = {{"__name__": "tfsession.ops.rearrange"}}
cases = {{}}
exec({definition!r}, public)
exec({kernel!r}, {{}})
exec({record!r}, cases)
tf.roll = public["roll"]

for case in cases["CASES"]:
    case = replace(case, golden=False)
    for dtype in case.dtypes:
        test_ops.test_value_shape_and_dtype("rearrange", case, dtype, "CPU")
        test_ops.test_value_where_shapes_are_unknown("rearrange", case, dtype, "CPU")
    for known_shapes in (True, False):
        test_ops.test_gradient(case, "CPU", known_shapes)
print("whole")
"""
    assert run_python(program) == "whole\n"


def names_of(heading: str) -> list[str]:
    """The public names that a table of the README lists, such as `tf.nn.conv2d`."""
    text = (ROOT / "README.md").read_text()
    table = text.partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    names = re.findall(r"`tf\.([\w.]+)`", table)
    assert names
    return names


def is_public(name: str) -> bool:
    """Whether tfsession has a name."""
    thing = tfsession
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing is not None


def test_readme_says_what_works_and_what_does_not():
    assert [name for name in names_of("Works") if not is_public(name)] == []
    assert [name for name in names_of("Does not work yet") if is_public(name)] == []


def test_readme_installs_cupy_as_the_commands_advise():
    (line,) = [
        one for one in (ROOT / "README.md").read_text().splitlines() if "cupy-cuda13x" in one
    ]
    assert line.partition("#")[0].strip() == install_cupy(13)


def test_tests_on_a_gpu_say_what_they_lack():
    assert needed.complaint(lambda module: True) == ""
    line = needed.complaint(lambda module: module not in ("ml_dtypes", "cupy"))
    assert line.endswith(" -m pip install ml_dtypes 'cupy-cuda13x[ctk]'")
    assert "3.11 or newer" in needed.complaint(version=(3, 9))
    assert needed.is_there("json.decoder")
    assert not needed.is_there("no_such_package.inside")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split("[>=]", one)[0] for one in project["dependencies"]}
    assert wanted <= set(needed.MODULES.values())


def test_skipped_tests_are_counted_by_reason():
    line = skips.summary([skips.NO_GPU, "needs g++", skips.NO_GPU])
    assert line == '3 skipped: 2 need a GPU (make test-gpu), 1 "needs g++"'


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
