"""The floor plan: what lies where, and in which order packages may import each other."""

from __future__ import annotations

import ast
import functools
import graphlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import tfsession
from tests.programs import ROOT
from tfsession import registry

PACKAGE = ROOT / "tfsession"

# Each package, and each module that lies in none, imports only what stands before it. Imports
# inside functions, and those for types, count.
ORDER = (
    # words
    "version protos errors dtypes shapes device_spec registry names logging "
    # what a run stands on
    "formats resources devices "
    # what tf.* calls build
    "graph nest control_flow ops variables autodiff data "
    # a run
    "compile report run "
    # what users add
    "layers rnn train saved_model losses metrics signal config linear_operators distributions tpu "
    "feature_column estimator keras contrib"
).split()

# TensorFlow's own names and paths, and what is made of all others: these may import each other.
FACE = (
    "app bitwise config debugging flags gfile graph_util image initializers io linalg lookup manip "
    "math nn python_io queue random raw_ops sets sparse spectral strings summary sysconfig test "
    "examples compat core python testing cli __main__"
).split()

# What kernels import besides their own siblings.
KERNEL_IMPORTS = {
    "errors",
    "dtypes",
    "shapes",
    "registry",
    "protos",
    "formats",
    "resources",
}

# Imports against the order, each with its reason.
KNOWN = {
    # The type alone: an operation is made by its graph.
    ("graph.operation", "graph.graph"),
    # A loop that has arrays of tensors takes them apart and puts them together.
    ("control_flow.loop_variables", "ops.tensor_array"),
    # The second gradient of FusedBatchNorm is the gradient of its first one, written out.
    ("ops.normalization", "autodiff.gradients"),
    # tensorflow.compat.v1 is the whole package.
    ("compat.v1", ""),
}


def modules() -> dict[str, Path]:
    """The modules of the package by name; those written by protoc are of no interest."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        .removesuffix("__init__")
        .rstrip("."): path
        for path in PACKAGE.rglob("*.py")
        if not path.name.endswith("_pb2.py")
    }


MODULES = modules()


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """The modules of the package that a file imports, at any depth."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [
                inner
                if (inner := f"{node.module}.{alias.name}").removeprefix("tfsession.") in MODULES
                else node.module
                for alias in node.names
            ]
        elif _names_a_kernel(node):
            names = ["tfsession.kernels"]
        else:
            continue
        for name in names:
            if name == "tfsession" or name.startswith("tfsession."):
                yield name.removeprefix("tfsession").lstrip(".")


def _names_a_kernel(node: ast.AST) -> bool:
    """Whether this is the name of a module of kernels, for `importlib`."""
    return isinstance(node, ast.Constant) and str(node.value).startswith("tfsession.kernels.")


def package_of(module: str) -> str:
    return module.split(".")[0]


def edges() -> set[tuple[str, str]]:
    return {
        (name, other)
        for name, path in MODULES.items()
        for other in imported(path)
        if package_of(other) != "kernels" and other != name
    }


def test_every_module_has_its_place():
    found = {package_of(name) for name in MODULES} - {""}
    assert found == {*ORDER, *FACE, "kernels"}


def test_the_top_of_the_package_is_small():
    """What lies there is a word, or a name of TensorFlow's; the rest is in packages."""
    files = {path.stem for path in PACKAGE.glob("*.py")}
    words = {"errors", "dtypes", "shapes", "device_spec", "registry", "version"}
    names = set(FACE) | {"logging", "nest"}
    assert files - words - names == {"__init__", "kernels"}
    assert len(files) <= 35


# `contrib` has a package for each namespace of TensorFlow's that takes more than a file.
DEEPER = {"protos", "contrib", "keras"}


def test_packages_lie_one_level_deep():
    deep = [p for p in PACKAGE.glob("*/*/*.py") if p.parent.parent.name not in DEEPER]
    assert deep == []


def test_packages_have_a_docstring_and_nothing_else():
    for name in ("graph", "control_flow", "variables", "autodiff", "compile", "report", "run"):
        (docstring,) = ast.parse((PACKAGE / name / "__init__.py").read_text()).body
        assert isinstance(docstring, ast.Expr)


def test_imports_go_one_way():
    floor = {name: number for number, name in enumerate(ORDER)}
    floor |= dict.fromkeys([*FACE, ""], len(ORDER))
    against = {
        (name, other)
        for name, other in edges()
        if floor[package_of(name)] < floor[package_of(other)]
        or (other == "" and name not in ("", "__main__") and package_of(name) != "cli")
    }
    within = {edge for edge in KNOWN if package_of(edge[0]) == package_of(edge[1])}
    assert against == KNOWN - within
    assert len(KNOWN) <= 4


def test_no_circle_of_modules():
    known = KNOWN | {(name, "") for name in MODULES}
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for name, other in edges() - known:
        graph[name].add(other)
    # Raises CycleError, which names the modules of a cycle.
    assert set(graphlib.TopologicalSorter(graph).static_order()) >= set(MODULES)


def test_no_circle_of_kernels():
    paths = (ROOT / "kernels").glob("*.py")
    graph = {path.stem: siblings(path) for path in paths}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == graph.keys()


def siblings(path: Path) -> set[str]:
    """The kernels that a module of kernels imports, with a dot."""
    return {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
        for name in ([node.module] if node.module else [alias.name for alias in node.names])
    }


def test_the_stages_know_no_ops():
    """They read graphs and what is registered, so that an op is added without touching them."""
    above = {"ops", "variables", "autodiff"}
    for name, other in edges():
        # tf.py_function runs what it is given in a session of its own: it is no stage.
        if package_of(name) in ("compile", "report", "run") and name != "run.py_function":
            assert package_of(other) not in above, f"{name} imports {other}"


# Op types that are named where facts of ops are asked for, by module and with the reason.
NAMED = {
    # Values become constants, and lists of tensors are packed, with a cast where they differ; what
    # is not known yet has a placeholder.
    "graph.build": {"Cast", "Const", "Pack", "Placeholder"},
    # The heading of a column.
    "report.placement": {"Size"},
    # TensorFlow's `constant_value` is defined with a case for Pack.
    "graph.static_values": {"Pack"},
    # What branches and loops are made of; control_flow.frames has the other names.
    "graph.importer": {"Merge", "RefMerge", "NextIteration", "RefNextIteration", "Placeholder"},
    # What the compiler adds to them is called as they are.
    "compile.program": {"LoopCond", "Merge", "Switch"},
    # A program is written as a graph again.
    "report.partition_graphs": {"Const", "Enter", "Exit", "Identity", "Merge", "NextIteration"},
    # Slices for the same row are summed.
    "graph.composites": {"UnsortedSegmentSum"},
    # They are about particular ops.
    "compile.rewrites": {
        "AddN",
        "MatMul",
        "MaxPool3DGrad",
        "MaxPoolGrad",
        "ReluGrad",
        "_SumOfProducts",
    },
}


def test_facts_of_an_op_stand_beside_it():
    """A stage that has a list of op types is one more place to think of when an op is added."""
    stages = ("graph", "compile", "report", "run", "cli")
    found = {
        name: types
        for name, path in MODULES.items()
        if package_of(name) in stages and (types := named_ops(path))
    }
    assert found == NAMED


def named_ops(path: Path) -> set[str]:
    """The op types among the strings of a module, also where one string lists several."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (
        node.value.split()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    )
    return {word for words in texts if set(words) <= registry.OPS.keys() for word in words}


def test_a_list_of_ops_is_found(tmp_path):
    module = tmp_path / "stage.py"
    module.write_text('"""Identity"""\nNAMES = ("Exp", "Sin Cos", "Exp of x")\n')
    assert named_ops(module) == {"Exp", "Sin", "Cos"}


# ---- Kernels ----


def test_kernels_know_nothing_of_graphs():
    for path in (ROOT / "kernels").glob("*.py"):
        found = {package_of(name) for name in imported(path)}
        assert found - KERNEL_IMPORTS - {"kernels"} == set(), path.name


def test_one_module_imports_kernels():
    importers = {name for name, path in MODULES.items() if "kernels" in imported(path)}
    # devices.cuda_source asks where the sources of CUDA kernels are, and imports no kernel.
    assert importers == {"compile.kernel_table", "devices.cuda_source"}


def test_kernels_have_no_init():
    """In a wheel it would take the place of tfsession/kernels.py."""
    assert not (ROOT / "kernels" / "__init__.py").exists()


# What several families of kernels are made of.
TOOLS = {
    "column_sums",
    "fingerprints",
    "handles",
    "launch",
    "patches",
    "pattern_machine",
    "pattern_syntax",
    "patterns",
    "threads",
    "winograd",
}


def test_a_family_of_kernels_has_the_name_of_its_ops():
    ops = {path.stem for path in (PACKAGE / "ops").glob("*.py")}
    kernels = {path.stem for path in (ROOT / "kernels").glob("*.py")}
    assert kernels - ops == TOOLS


# ---- Private members ----

# What Python's own modules give such a name to.
PUBLIC = {"_getframe", "_fields", "_asdict", "_replace", "_deviceEnsurePeerAccess"}

# Marks on tensors and networks of Keras, which programs read in TensorFlow, too.
PUBLIC |= {"_keras_history", "_keras_mask", "_keras_shape", "_metric_obj", "_is_graph_network"}


def test_private_members_are_used_by_their_own_class():
    """What neighbours ask of a class has no underscore; the rest are TensorFlow's own names."""
    uses = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}"
        for path in [*MODULES.values(), *(ROOT / "kernels").glob("*.py")]
        for node in uses_of_private_members(ast.parse(path.read_text()))
    ]
    assert len(uses) <= 40, "\n".join(uses)


def uses_of_private_members(tree: ast.AST) -> list[ast.Attribute]:
    """Where a member is used that belongs to the class of another object."""
    own: set[ast.Attribute] = set()
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef):
            # Another instance of a class, or the class itself, is at home inside it.
            inside = _private_members(kind)
            names = {node.attr for node in inside if _is_self(node.value)}
            names |= {name for part in kind.body for name in _defined(part)}
            own.update(node for node in inside if node.attr in names)
    return [n for n in _private_members(tree) if n not in own and not _is_self(n.value)]


def _private_members(tree: ast.AST) -> list[ast.Attribute]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in PUBLIC
    ]


def _is_self(base: ast.expr) -> bool:
    return ast.unparse(base) in ("self", "cls", "super()")


def _defined(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement in the body of a class gives to its members."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    yield from (target.id for target in targets if isinstance(target, ast.Name))


# ---- Names ----


def test_no_module_hides_behind_another_object():
    """`import tfsession.gradients` would have given the function."""
    for name in MODULES:
        parent, _, last = f"tfsession.{name}".rpartition(".")
        if name and parent == "tfsession":
            assert isinstance(getattr(tfsession, last, tfsession), ModuleType), last
