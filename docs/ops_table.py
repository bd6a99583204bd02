"""Writes docs/ops.md: every op of the registry, by family.

python docs/ops_table.py
"""

from __future__ import annotations

from pathlib import Path

import tfsession  # noqa: F401  # every family of ops registers itself
from tfsession import registry
from tfsession.compile.kernel_table import load_kernels

PAGE = Path(__file__).with_name("ops.md")

HEAD = """\
# Table of ops

Written by `python docs/ops_table.py`; a test compares it with the registry.

Names, arguments and attributes are those of TensorFlow 1.15. **Gradient**: *none* says that the op
has none, and `tf.gradients` stops there; where it is *undefined*, it raises LookupError.
**Kernels**: the kinds of devices that the placer may choose.
"""


def signature(name: str) -> str:
    """The op's inputs and outputs, as `a, b -> c`."""
    definition = registry.OPS[name]
    inputs = ", ".join(argument.name for argument in definition.inputs)
    outputs = ", ".join(argument.name for argument in definition.outputs)
    return f"{inputs} → {outputs}".strip()


def line(name: str) -> str:
    """The op's row."""
    stated = "none" if registry.GRADIENTS.get(name) is None else "yes"
    gradient = "undefined" if name in registry.UNDEFINED_GRADIENTS else stated
    kinds = ", ".join(kind for kind in ("CPU", "GPU") if (name, kind) in registry.KERNELS)
    return f"| `{name}` | {signature(name)} | {gradient} | {kinds} |"


def page() -> str:
    """The whole page."""
    load_kernels()
    families: dict[str, list[str]] = {}
    for name in sorted(registry.OPS):
        families.setdefault(registry.OPS[name].family, []).append(name)
    parts = [HEAD, f"{len(registry.OPS)} ops.\n"]
    for title, names in sorted(families.items()):
        rows = "\n".join(map(line, names))
        heading = f"## {title.replace('_', ' ').capitalize()}"
        parts.append(f"{heading}\n\n| Op | Inputs → outputs | Gradient | Kernels |\n")
        parts[-1] += f"| --- | --- | --- | --- |\n{rows}\n"
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
