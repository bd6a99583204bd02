"""Random calls over the whole table of ops, as data for `peer.py`.

Every operation that a record of `tests/cases` makes, those of its gradient included, is a template:
an op with inputs and attributes that fit together. A call is a template in which a few things have
been changed at random: dtypes, sizes and ranks, values, attributes, and what is known of the shapes
before the run.
"""

from __future__ import annotations

import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from peer import packed

import tfsession as tf
from tests.cases.record import Case, families
from tfsession import raw_ops, registry
from tfsession.graph.operation import Operation

# What these do depends on files, threads, time or other calls.
FAMILIES_LEFT = set(
    "checkpoint control_flow dataset io lookup memory_stats printing queue script session_ops "
    "staging state summary tensor_array training".split()
)
FLOATS = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0, 0.5, -2.5, 1.5, 100.0, -1000.0, 60000.0]
FLOATS += [1e-3, -1e-7, 3e-8, 1e-38, 1e-42, 3e38, 1e300, 709.0, 88.5, -88.0, 11.1, 2.0**31]
FLOATS += [-(2.0**63)]
WHOLE = [0, 1, -1, 2, -2, 3, 5, 127, -128, 255, 2**15, 2**16, 2**31 - 1, -(2**31), 2**32 + 1]
WHOLE += [2**62, 2**63 - 1, -(2**63)]
SIZES = [0, 1, 1, 2, 3, 4, 5, 7, 8, 17]
MOST_ELEMENTS = 20_000
TEXTS = [b"", b"a", b"-1", b"1.5", b"\xc3\xa9t\xc3\xa9", b"a,b;c d", b"\xff", b"0" * 40, b" 7 "]


@dataclass
class Template:
    """An op, its inputs by name with dtypes (a list for a list argument), and its attributes."""

    op: str
    inputs: dict[str, Any]
    attrs: dict[str, Any]


# ---- Templates ----


def templates(file: str | None = None) -> list[Template]:
    """All different operations of the records, in a fixed order; kept in `file`, if given."""
    if file is not None and Path(file).exists():
        kept: list[Template] = pickle.loads(Path(file).read_bytes())
        return kept
    found = _found_templates()
    if file is not None:
        Path(file).write_bytes(pickle.dumps(found))
    return found


def _found_templates() -> list[Template]:
    registry.load_late_families()
    found: dict[str, Template] = {}
    for family in families().values():
        for case in family:
            for dtype in case.dtypes:
                try:
                    made = _templates_of(case, dtype)
                except Exception:  # its own test says what is wrong with it
                    continue
                for template in made:
                    shapes = {n: _shapes(given) for n, given in template.inputs.items()}
                    found.setdefault(repr((template.op, shapes, template.attrs)), template)
    return sorted(found.values(), key=lambda t: t.op)


def _shapes(given: Any) -> Any:
    parts = given if isinstance(given, list) else [given]
    return [(name, array.shape) for array, name in parts]


def _templates_of(case: Case, dtype: str) -> list[Template]:
    arrays = case.arrays(dtype)
    with tf.Graph().as_default() as graph, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tf.set_random_seed(7)
        feeds = {}
        for array in arrays:
            kind = tf.string if array.dtype.kind in "OSU" else array.dtype
            feeds[tf.placeholder(kind, array.shape)] = array
        built = case.build(tf, *feeds)
        outputs = [t for t in tf.nest.flatten(built) if isinstance(t, tf.Tensor)]
        floats = [t for t in outputs if t.dtype.is_floating]
        if floats:
            try:
                tf.gradients(floats, [x for x in feeds if x.dtype.is_floating])
            except Exception:  # it has none
                pass
        wanted = [op for op in graph.get_operations() if _is_wanted(op)]
        with tf.Session() as session:
            values = session.run([list(op.inputs) for op in wanted], feeds)
    return [_template(op, value) for op, value in zip(wanted, values, strict=True)]


def _is_wanted(op: Operation) -> bool:
    definition = op.op_def_
    kinds = {a.type for a in definition.attributes.values()}
    is_random = "seed" in definition.attributes
    return (
        definition.family not in FAMILIES_LEFT
        and bool(op.inputs or definition.inputs)
        and (is_random or not definition.is_stateful)
        and "func" not in kinds
        and all(_has_value(t) for t in op.inputs)
        and not op.type.startswith("Placeholder")
    )


def _has_value(tensor: Any) -> bool:
    return not tensor.dtype._is_ref_dtype and tensor.dtype not in (tf.resource, tf.variant)


def _template(op: Operation, values: list[Any]) -> Template:
    inputs: dict[str, Any] = {}
    pairs = [
        (np.asarray(value, object if t.dtype == tf.string else None), t.dtype.name)
        for value, t in zip(values, op.inputs, strict=True)
    ]
    for argument in op.op_def_.inputs:
        count = argument.count(op.attrs)
        inputs[argument.name] = pairs[:count] if argument.is_list else pairs[0]
        pairs = pairs[count:]
    attrs = {
        name: _plain(op.attrs[name])
        for name in op.op_def_.attributes
        if name not in op.op_def_.inferred and op.attrs.get(name) is not None
    }
    if "seed" in attrs:
        attrs["seed"], attrs["seed2"] = 3, 5
    return Template(op.type, inputs, attrs)


def _plain(value: Any) -> Any:
    if isinstance(value, tf.DType):
        return ("type", value.name)
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, tuple):
        return ("shape", list(value))
    return value


# ---- Changes ----


class Maker:
    """Makes calls out of templates, always the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def call(self, template: Template, order: int = 0, changes: int = 3) -> dict[str, Any]:
        """A call with up to `changes` changes, differentiated `order` times."""
        made = Template(template.op, dict(template.inputs), dict(template.attrs))
        kinds = [self.sizes, self.dtype, self.values, self.attribute, self.attribute, self.sizes]
        kinds += [self.rank] if order == 0 else []
        for _ in range(self.random.integers(0, changes + 1)):
            kinds[self.random.integers(len(kinds))](made)
        is_known = self.random.random() < 0.4
        renamed = raw_ops.RENAMED.get(made.op, {})
        inputs = {
            renamed.get(name, name): [
                (packed(*part), self._dims(part[0], is_known)) for part in given
            ]
            if isinstance(given, list)
            else (packed(*given), self._dims(given[0], is_known))
            for name, given in made.inputs.items()
        }
        seed = int(self.random.integers(2**31))
        return {
            "op": made.op,
            "inputs": inputs,
            "attrs": {renamed.get(name, name): value for name, value in made.attrs.items()},
            "order": order,
            "seed": seed,
        }

    def _dims(self, array: np.ndarray, is_known: bool) -> Any:
        """What is known of an input before the run."""
        kind = self.random.integers(5)
        if array.ndim == 1 and array.dtype.kind == "i" and kind < 3:
            return "const"
        if is_known or kind == 0:
            return list(array.shape) if self.random.random() < 0.5 else "const"
        if kind == 1:
            return None
        return [None if self.random.random() < 0.4 else n for n in array.shape]

    def _change(self, made: Template, change: Any, where: Any = None) -> None:
        """Applies `change(array, dtype name)` to the inputs, or to one of them by chance."""
        for name, given in made.inputs.items():
            if where is not None and name != where:
                continue
            parts = [change(*part) for part in (given if isinstance(given, list) else [given])]
            made.inputs[name] = parts if isinstance(given, list) else parts[0]

    def _one(self, made: Template) -> Any:
        return self.random.choice(list(made.inputs)) if made.inputs else ""

    def sizes(self, made: Template) -> None:
        """Another size, in all inputs that have the size or in one; of batches, channels ..."""
        parts = [p for g in made.inputs.values() for p in (g if isinstance(g, list) else [g])]
        known = sorted({n for array, _ in parts for n in array.shape})
        if not known:
            return
        old, new = self.random.choice(known), self.random.choice(SIZES)
        axis = self.random.integers(-1, 4)

        def change(array: np.ndarray, name: str) -> Any:
            shape = [
                int(new) if n == old and axis in (-1, i) else n for i, n in enumerate(array.shape)
            ]
            return _resized(array, shape), name

        self._change(made, change, None if self.random.random() < 0.8 else self._one(made))

    def rank(self, made: Template) -> None:
        """A dimension more or less, in one input."""

        def change(array: np.ndarray, name: str) -> Any:
            if array.ndim and self.random.random() < 0.5:
                return np.reshape(array[:1], array.shape[1:]) if len(array) else array, name
            return array[None], name

        everywhere = self.random.random() < 0.3
        self._change(made, change, None if everywhere else self._one(made))

    def dtype(self, made: Template) -> None:
        """Another dtype that the op allows, in all inputs that share it."""
        definition = registry.get(made.op)
        names = sorted({a.type_attr for a in definition.inputs if a.type_attr})
        if not names:
            return
        attr = self.random.choice(names)
        allowed = definition.attributes[attr].allowed or (
            *(tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.int8, tf.uint8, tf.int16),
            *(tf.uint16, tf.int32, tf.int64, tf.bool, tf.complex64, tf.complex128, tf.string),
        )
        new = allowed[self.random.integers(len(allowed))].name
        if new in ("resource", "variant") or new.startswith("q"):
            return
        for argument in definition.inputs:
            if argument.type_attr == attr:
                self._change(made, lambda array, _: (_cast(array, new), new), argument.name)

    def values(self, made: Template) -> None:
        """Other numbers in one input: special ones among them, near ones, or all the same."""
        how = self.random.integers(4)

        def change(array: np.ndarray, name: str) -> Any:
            if name == "string":
                return self._texts(array), name
            if array.dtype.kind in "iu":
                return self._integers(array, how), name
            if array.dtype.kind == "b":
                return self.random.random(array.shape) < 0.5, name
            wide = self.random.standard_normal(array.shape) * [1.0, 10.0, 1e3, 1e-3][how]
            special = self.random.choice(FLOATS, array.shape)
            mixed = np.where(self.random.random(array.shape) < 0.2, special, wide)
            return _cast(mixed, name), name

        self._change(made, change, self._one(made))

    def _integers(self, array: np.ndarray, how: int) -> np.ndarray:
        near = array.astype(object) + self.random.integers(-1, 2, array.shape)
        if how == 0:
            near = np.array(self.random.permutation(array.ravel())).reshape(array.shape)
        if how == 1:
            near = -array.astype(object)
        if how == 2 and array.ndim > 1:
            special = np.array(WHOLE, object)[self.random.integers(len(WHOLE), size=array.shape)]
            near = np.where(self.random.random(array.shape) < 0.2, special, near)
        info = np.iinfo(array.dtype)
        clipped = [min(max(int(n), info.min), info.max) for n in np.ravel(near)]
        return np.array(clipped, array.dtype).reshape(array.shape)

    def _texts(self, array: np.ndarray) -> np.ndarray:
        new = array.copy()
        for index in np.ndindex(array.shape):
            if self.random.random() < 0.5:
                new[index] = TEXTS[self.random.integers(len(TEXTS))]
        return new

    def attribute(self, made: Template) -> None:
        """Another value of one attribute."""
        definition = registry.get(made.op)
        names = [name for name in made.attrs if "seed" not in name]
        if not names:
            return
        name = names[self.random.integers(len(names))]
        made.attrs[name] = self._value(definition.attributes[name], made.attrs[name])

    def _value(self, attribute: registry.Attribute, old: Any) -> Any:
        if attribute.type == "bool":
            return not old
        if attribute.type == "type" and attribute.allowed:
            return ("type", attribute.allowed[self.random.integers(len(attribute.allowed))].name)
        if attribute.type == "string" and attribute.allowed:
            return attribute.allowed[self.random.integers(len(attribute.allowed))]
        if attribute.type == "int":
            return int(old + self.random.integers(-2, 3))
        if attribute.type == "float":
            return float(self.random.choice([0.0, 1.0, -1.0, 0.5, 1e-3, 10.0]))
        if attribute.type == "list(int)" and old:
            if self.random.random() < 0.2:
                return [old[i] for i in self.random.permutation(len(old))]
            return [
                int(max(1, n + self.random.integers(-1, 3)))
                if n > 1 or self.random.random() < 0.3
                else n
                for n in old
            ]
        return old


def _resized(array: np.ndarray, shape: list[int]) -> np.ndarray:
    """The elements, repeated or cut to another shape."""
    size = int(np.prod(shape, dtype=object))
    if size > MOST_ELEMENTS:
        return array
    if array.size == 0 and size:
        empty = b"" if array.dtype.kind == "O" else 1
        return np.full(shape, empty, array.dtype)
    return np.resize(array, shape)


def _cast(array: np.ndarray, name: str) -> np.ndarray:
    """An array as another dtype, without a word about what does not fit."""
    dtype = np.dtype({"bfloat16": ml_dtypes.bfloat16, "string": object}.get(name, name))
    if dtype.kind == "O":
        texts = [t if isinstance(t, bytes) else str(t).encode() for t in array.ravel().tolist()]
        made = np.empty(len(texts), object)
        made[:] = texts
        return made.reshape(array.shape)
    if array.dtype.kind == "O":
        array = np.array([len(text) for text in array.ravel()], float).reshape(array.shape)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dtype.kind in "iu" and array.dtype.kind not in "iub":
            array = np.nan_to_num(np.real(array).astype(float), posinf=100, neginf=-100)
            array = np.clip(array, -(2**31), 2**31)
        return array.astype(dtype)
