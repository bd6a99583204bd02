"""What holds the tree together: whole ops, light imports, a stable public face."""

from __future__ import annotations

import pkgutil
import re
import subprocess
from importlib import import_module
from types import ModuleType

import pytest

import tests.cases
import tfsession
from tests.programs import ROOT, run_python
from tfsession import registry
from tfsession.compile.kernel_table import load_kernels


def all_cases():
    found = []
    for module in pkgutil.iter_modules(tests.cases.__path__):
        found.extend(getattr(import_module(f"tests.cases.{module.name}"), "CASES", []))
    return found


# ---- Ops ----


def test_every_op_is_whole():
    """Each op has a shape function, a gradient or the statement that it has none, and kernels."""
    load_kernels()
    names = set(registry.OPS)
    with_outputs = {n for n in names if registry.OPS[n].outputs}
    assert with_outputs - set(registry.SHAPES) == set(), "ops without shape function"
    stated = set(registry.GRADIENTS) | registry.UNDEFINED_GRADIENTS
    assert names - stated == set(), "ops without gradient or statement"
    for kind in ("CPU", "GPU"):
        missing = names - {op for op, k in registry.KERNELS if k == kind}
        if kind == "GPU":
            missing -= {
                op
                for (op, k) in registry.KERNELS
                if k == "CPU" and registry.KERNELS[op, k].device == "CPU"
            }
        assert missing == set(), f"ops without {kind} kernel"


# Ops whose gradient TensorFlow 1.15 does not know.
MORE_GRADIENTS = set(
    "EuclideanNorm IRFFT3D MaxPoolGradWithArgmax RFFT3D Snapshot SoftsignGrad".split()
)


def test_gradients_are_defined_where_tensorflow_defines_them():
    """Each op of TensorFlow 1.15 has a gradient, has none, or nothing is said, as it is there."""
    lines = (ROOT / "tests/golden/gradients.txt").read_text().splitlines()
    wanted = dict(line.split() for line in lines)
    for name in sorted(set(registry.OPS) & set(wanted) - MORE_GRADIENTS):
        if name in registry.UNDEFINED_GRADIENTS:
            kind = "undefined"
        else:
            kind = "none" if registry.GRADIENTS[name] is None else "gradient"
        assert kind == wanted[name], name
    assert not registry.UNDEFINED_GRADIENTS & set(registry.GRADIENTS)
    assert all(registry.GRADIENTS[name] and wanted[name] != "gradient" for name in MORE_GRADIENTS)


def test_every_op_has_a_record():
    recorded = {case.op for case in all_cases()}
    assert set(registry.OPS) - recorded == set()
    assert recorded - set(registry.OPS) == set(), "records of ops that do not exist"


def test_records_are_distinct():
    ids = [case.id for case in all_cases()]
    assert sorted(ids) == sorted(set(ids))


# ---- Imports ----


@pytest.mark.parametrize(
    "module", ["cupy", "pynvml", "rich", "tfsession.kernels", "tensorflow", "scipy"]
)
def test_import_loads_no_more_than_it_needs(module):
    assert run_python(f"import sys, tfsession; print({module!r} in sys.modules)") == "False\n"


def test_a_session_without_gpu_loads_no_cuda():
    code = (
        "import sys, tfsession as tf; tf.Session().run(tf.constant(1.0));"
        "print('cupy' in sys.modules, 'pynvml' in sys.modules)"
    )
    assert run_python(code, CUDA_VISIBLE_DEVICES="") == "False False\n"


# ---- The public face ----


def test_public_names_exist():
    assert sorted(tfsession.__all__) == sorted(set(tfsession.__all__))
    for name in tfsession.__all__:
        assert getattr(tfsession, name, None) is not None or name in dir(tfsession), name


def test_completion_offers_tensorflows_names_alone():
    """No module of ours; what begins like one is what programs look for."""
    public = [name for name in dir(tfsession) if not name.startswith("_")]
    assert public == tfsession.__all__
    modules = {name for name in public if isinstance(getattr(tfsession, name), ModuleType)}
    assert modules == tfsession._NAMESPACES | tfsession._LATE_NAMESPACES - tfsession._UNLISTED
    found = [name for name in public if name.startswith("plac")]
    assert found == ["placeholder", "placeholder_with_default"]


def test_compat_v1_is_the_same():
    for name in tfsession.__all__:
        if name != "compat":
            assert getattr(tfsession.compat.v1, name) is getattr(tfsession, name), name


# ---- The tree ----


def test_no_path_of_one_machine_in_the_tree():
    pattern = re.compile(r"(^|[^A-Za-z0-9_.])/(work|farm|root)/")
    files = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    for name in files:
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".txt", ".pbtxt", ".proto") and path.exists():
            assert not pattern.search(path.read_text()), name
