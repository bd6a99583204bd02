"""Records what `dir()` gives of TensorFlow 1.15 and of its namespaces, in names.json.

    python-with-tensorflow-1.15 tests/golden/record_names.py

Namespaces are the modules of TensorFlow itself below `tf`. Left out are those that only hand on
other packages (`tf.pywrap_tensorflow`), and what tfsession does not have at all (`tf.keras`).
"""

import json
import pathlib
import types

import tensorflow as tf

LEFT_OUT = {"compat", "contrib", "core", "estimator", "keras", "python", "pywrap_tensorflow"}


def namespaces(module, path):
    """Each namespace by its path behind `tf.`, with its public names."""
    names = [name for name in dir(module) if not name.startswith("_")]
    found = {path: names}
    for name in set(names) - LEFT_OUT:
        inner = getattr(module, name)
        if isinstance(inner, types.ModuleType) and _is_namespace(inner):
            found.update(namespaces(inner, path + "." + name if path else name))
    return found


def _is_namespace(module):
    return "tensorflow" in module.__name__ and "tf_decorator" not in module.__name__


if __name__ == "__main__":
    assert tf.__version__.startswith("1.15."), tf.__version__
    found = namespaces(tf, "")
    contrib = ("losses", "lookup", "memory_stats")
    found.update(
        ("contrib." + name, [n for n in dir(getattr(tf.contrib, name)) if not n.startswith("_")])
        for name in contrib
    )
    lines = {path: " ".join(sorted(names)) for path, names in sorted(found.items())}
    text = json.dumps(lines, indent=0)
    pathlib.Path(__file__).with_name("names.json").write_text(text + "\n")
