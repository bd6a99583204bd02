"""What holds the tree together: whole ops, imports that go one way, a stable public face."""

from __future__ import annotations

import ast
import graphlib
import pkgutil
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

import tests.cases
import tfsession
from tests.programs import ROOT, run_python
from tfsession import registry
from tfsession.compile import lower

PACKAGE = ROOT / "tfsession"


def all_cases():
    found = []
    for module in pkgutil.iter_modules(tests.cases.__path__):
        found.extend(getattr(import_module(f"tests.cases.{module.name}"), "CASES", []))
    return found


# ---- Ops ----


def test_every_op_is_whole():
    """Each op has a shape function, a gradient or the statement that it has none, and kernels."""
    lower.load_kernels()
    names = set(registry.OPS)
    with_outputs = {n for n in names if registry.OPS[n].outputs}
    assert with_outputs - set(registry.SHAPES) == set(), "ops without shape function"
    assert names - set(registry.GRADIENTS) == set(), "ops without gradient or statement"
    for kind in ("CPU", "GPU"):
        missing = names - {op for op, k in registry.KERNELS if k == kind}
        if kind == "GPU":
            missing -= {
                op
                for (op, k) in registry.KERNELS
                if k == "CPU" and registry.KERNELS[op, k].device == "CPU"
            }
        assert missing == set(), f"ops without {kind} kernel"


def test_every_op_has_a_record():
    recorded = {case.op for case in all_cases()}
    assert set(registry.OPS) - recorded == set()
    assert recorded - set(registry.OPS) == set(), "records of ops that do not exist"


def test_records_are_distinct():
    ids = [case.id for case in all_cases()]
    assert sorted(ids) == sorted(set(ids))


# ---- Imports ----

LAYERS = [
    ["errors", "dtypes", "shapes", "device_spec", "protos"],
    ["registry", "call_stack", "operation", "graph", "scopes", "tensor_proto", "build"],
    ["graph_def", "importer", "indexed_slices"],
    ["shape_inference", "resources", "gradients", "initial_values"],
    ["variables", "reference_variable", "resource_variable", "variable_store", "variable_scope"],
    ["initializers", "regularizers", "ops", "raw_ops", "train"],
    ["devices", "prune", "place"],
    ["program", "binding", "lower", "optimise", "generate"],
    ["fetches", "feeds", "plan", "graph_changes", "run_options"],
    ["default_session", "session", "interactive_session"],
]

# What kernels may import besides their siblings.
KERNEL_IMPORTS = {
    "registry",
    "dtypes",
    "errors",
    "shapes",
    "protos",
    "formats",
    "resources",
    "tensor_proto",
}


def imported_at_load(path: Path) -> set[str]:
    """The tfsession modules that a file imports when it is loaded, not inside functions."""
    found: set[str] = set()
    tree = ast.parse(path.read_text())
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "tfsession":
                found.update(alias.name for alias in node.names)
            elif node.module.startswith("tfsession."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found.update(
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("tfsession.")
            )
    return found


def modules_imported_at_load(path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of the package, by full name, that a file imports when it is loaded."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules else node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found & modules.keys()


def test_imports_go_one_way():
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }
    imports = {name: modules_imported_at_load(path, modules) for name, path in modules.items()}
    # Raises CycleError, which names the modules of a cycle.
    assert set(graphlib.TopologicalSorter(imports).static_order()) == set(modules)


def test_kernels_know_nothing_of_graphs():
    for path in (ROOT / "kernels").glob("*.py"):
        allowed = KERNEL_IMPORTS | {"kernels"}
        assert imported_at_load(path) - allowed == set(), path.name


def test_only_lower_imports_kernels():
    for path in PACKAGE.rglob("*.py"):
        # cuda_source.py asks where the sources of CUDA kernels are, and imports no kernel.
        if path.name not in ("lower.py", "kernels.py", "cuda_source.py"):
            assert "kernels" not in imported_at_load(path), path.name


def test_the_stages_do_not_import_the_session():
    order = {name: level for level, names in enumerate(LAYERS) for name in names}
    for name in ("prune", "place", "program", "lower", "optimise", "generate", "fetches", "feeds"):
        for other in imported_at_load(PACKAGE / f"{name}.py"):
            assert order.get(other, 0) <= order[name], f"{name} imports {other}"


def test_kernels_have_no_init():
    """In a wheel it would take the place of tfsession/kernels.py."""
    assert not (ROOT / "kernels" / "__init__.py").exists()


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
