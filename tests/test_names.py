"""What namespaces list: TensorFlow 1.15's names, as tests/golden/record_names.py found them."""

from __future__ import annotations

import json
from operator import attrgetter

import pytest

import tfsession as tf
from tests.programs import ROOT
from tfsession import registry

RECORDED = {
    path: set(names.split())
    for path, names in json.loads((ROOT / "tests/golden/names.json").read_text()).items()
}

# What we have beyond TensorFlow 1.15, with the reason.
ADDED = {
    # Programs written for the v1 interface of TensorFlow 2 ask these.
    "": {"executing_eagerly_outside_functions"},
    "test": {"is_built_with_xla"},
    "io": {"encode_png"},
    # There is a function for each op of the registry: PythonGeneratorDataset is ours, the others
    # come from libraries of contrib.
    "raw_ops": set("BytesInUse BytesLimit GatherTree MaxBytesInUse PythonGeneratorDataset".split()),
}


def listed(namespace):
    return {name for name in dir(namespace) if not name.startswith("_")}


def ours():
    """Those namespaces of the record that tfsession has."""
    for path in sorted(RECORDED):
        try:
            yield path, attrgetter(path)(tf) if path else tf
        except AttributeError:
            continue


@pytest.mark.parametrize(("path", "namespace"), [*ours()])
def test_namespaces_list_tensorflows_names(path, namespace):
    names = listed(namespace)
    assert names - RECORDED[path] == ADDED.get(path, set())
    assert {name for name in names if not hasattr(namespace, name)} == set()


def test_compat_v1_has_all_but_contrib():
    assert listed(tf.compat.v1) == listed(tf) - {"contrib"}


def test_what_is_listed_elsewhere_is_not_public_here():
    """These are names of tf.math, tf.bitwise, tf.initializers and of TensorFlow's inner paths."""
    for name in ("xlogy", "bitwise_and", "Initializer", "get_all_collection_keys"):
        with pytest.raises(AttributeError, match=rf"^module 'tfsession' has no attribute '{name}'"):
            getattr(tf, name)


def test_a_function_that_loads_late_may_have_the_name_of_its_module():
    assert callable(tf.py_function)
    assert tf.nn.rnn_cell.LSTMCell


def test_every_op_is_a_function_of_raw_ops():
    registry.load_late_families()
    assert [name for name in registry.OPS if getattr(tf.raw_ops, name).__name__ != name] == []
