"""`tfsession saved-model`: what a SavedModel takes and gives, and one run of it on given inputs.

JSON, without inputs:

    {"schema": 1, "meta_graphs": [{"tags": ["serve"], "signatures": {"serving_default": {
        "method": "tensorflow/serving/predict",
        "inputs": {"x": {"tensor": "x:0", "dtype": "float32", "shape": [null, 2]}},
        "outputs": {...}}}}]}

and of a run:

    {"schema": 1, "outputs": {"y": {"dtype": "float32", "shape": [1, 1], "values": [[3.0]]}}}

A shape is null where the rank is not known, an axis where its size is not.
"""

from __future__ import annotations

import ast
import json
import operator
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console

from tfsession import dtypes, errors
from tfsession.graph.graph import Graph
from tfsession.protos import Example, MetaGraphDef, SignatureDef, TensorInfo
from tfsession.run.session import Session
from tfsession.saved_model.loader import load, parse_saved_model
from tfsession.saved_model.utils import get_tensor_from_tensor_info
from tfsession.shapes import as_dims

SCHEMA = 1

_DEFAULT_SIGNATURE = "serving_default"


class SavedModelError(Exception):
    """What the command cannot do."""


@dataclass(frozen=True)
class Wanted:
    """What is to be run, as the command line has it.

    Attributes:
      tags: of the graph, between commas; None where there is one graph only.
      signature: its key; None: `serving_default`, or the only one.
      inputs: ``name=file.npy;other=file.npz[key]``.
      expressions: ``name=[[1.0, 2.0]];other=np.ones([2, 3])``.
      examples: ``name=[{"age": [26], "weights": [0.5, 0.5]}]``, serialized as Examples.
      outdir: the folder in which each output becomes ``<name>.npy``; None: outputs are printed.
      overwrites: whether files that are there are written again.
      runs: whether the signature runs although it is given nothing.
    """

    tags: str | None = None
    signature: str | None = None
    inputs: str = ""
    expressions: str = ""
    examples: str = ""
    outdir: str | None = None
    overwrites: bool = False
    runs: bool = False

    @property
    def is_run(self) -> bool:
        """Whether a signature is run; otherwise all are shown."""
        return self.runs or bool(self.inputs or self.expressions or self.examples)


def show_saved_model(console: Console, folder: str, wanted: Wanted, as_json: bool = False) -> int:
    """Prints what is in a SavedModel, or what a signature of it gives.

    Returns:
      The exit code 0.

    Raises:
      SavedModelError: there is no such SavedModel, graph, signature or input; or it fails.
    """
    graphs = _graphs(folder, wanted)
    if not wanted.is_run:
        _print(
            console, _described(graphs, wanted) if as_json else "\n".join(_lines(graphs, wanted))
        )
        return 0
    if len(graphs) > 1:
        raise SavedModelError(f"--tags: which of {', '.join(map(_tags, graphs))}?")
    key, signature = _signature(graphs[0], wanted.signature)
    outputs = _run(folder, graphs[0], signature, _values(key, signature, wanted))
    if wanted.outdir is not None:
        _write(console, outputs, wanted.outdir, wanted.overwrites)
    elif as_json:
        _print(console, {"schema": SCHEMA, "outputs": _as_json(outputs)})
    else:
        _print(console, "\n\n".join(_output_text(name, outputs[name]) for name in outputs))
    return 0


def _print(console: Console, content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    console.out(text, highlight=False)


# ---- What is in it ----


def _graphs(folder: str, wanted: Wanted) -> list[MetaGraphDef]:
    try:
        found = list(parse_saved_model(folder).meta_graphs)
    except OSError as error:
        raise SavedModelError(str(error)) from None
    if wanted.tags is None:
        return found
    tags = {tag for tag in wanted.tags.split(",") if tag}
    chosen = [graph for graph in found if set(graph.meta_info_def.tags) == tags]
    if not chosen:
        raise SavedModelError(
            f"--tags {wanted.tags}: there is no such graph; want one of "
            f"{', '.join(map(_tags, found))}"
        )
    return chosen


def _tags(graph: MetaGraphDef) -> str:
    return ",".join(sorted(graph.meta_info_def.tags)) or "(none)"


def _signature(graph: MetaGraphDef, key: str | None) -> tuple[str, SignatureDef]:
    there = graph.signature_def
    if key is None:
        key = next(iter(there)) if len(there) == 1 else _DEFAULT_SIGNATURE
    if key not in there:
        known = f"want one of {', '.join(sorted(there))}" if there else "the graph has none"
        raise SavedModelError(f"--signature {key}: there is no such signature; {known}")
    return key, there[key]


def _shown(graph: MetaGraphDef, wanted: Wanted) -> list[tuple[str, SignatureDef]]:
    if wanted.signature is not None:
        return [_signature(graph, wanted.signature)]
    return sorted(graph.signature_def.items())


def _lines(graphs: Sequence[MetaGraphDef], wanted: Wanted) -> Iterator[str]:
    for graph in graphs:
        yield f"tags: {_tags(graph)}"
        signatures = _shown(graph, wanted)
        if not signatures:
            yield "  no signatures"
        for key, signature in signatures:
            method = f" ({signature.method_name})" if signature.method_name else ""
            yield f"  signature {key}{method}"
            yield from _rows("inputs", signature.inputs)
            yield from _rows("outputs", signature.outputs)


def _rows(title: str, infos: Any) -> Iterator[str]:
    rows = [
        (name, _dtype(info), _shape_text(info), _tensor(info))
        for name, info in sorted(infos.items())
    ]
    yield f"    {title}" if rows else f"    {title}: none"
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield f"      {'  '.join(cells)}".rstrip()


def _dtype(info: TensorInfo) -> str:
    return dtypes.as_dtype(info.dtype).name if info.dtype else "unknown"


def _dims(info: TensorInfo) -> list[int | None] | None:
    dims = as_dims(info.tensor_shape)
    return None if dims is None else list(dims)


def _shape_text(info: TensorInfo) -> str:
    dims = _dims(info)
    if dims is None:
        return "unknown rank"
    sizes = ["?" if size is None else str(size) for size in dims]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _tensor(info: TensorInfo) -> str:
    if info.WhichOneof("encoding") == "coo_sparse":
        return f"sparse: {info.coo_sparse.values_tensor_name}"
    return str(info.name)


def _described(graphs: Sequence[MetaGraphDef], wanted: Wanted) -> dict[str, Any]:
    def described(infos: Any) -> dict[str, Any]:
        return {
            name: {"tensor": _tensor(info), "dtype": _dtype(info), "shape": _dims(info)}
            for name, info in sorted(infos.items())
        }

    def signature(one: SignatureDef) -> dict[str, Any]:
        inputs, outputs = described(one.inputs), described(one.outputs)
        return {"method": one.method_name, "inputs": inputs, "outputs": outputs}

    return {
        "schema": SCHEMA,
        "meta_graphs": [
            {
                "tags": sorted(graph.meta_info_def.tags),
                "signatures": {key: signature(one) for key, one in _shown(graph, wanted)},
            }
            for graph in graphs
        ],
    }


# ---- Inputs ----


def _values(key: str, signature: SignatureDef, wanted: Wanted) -> dict[str, Any]:
    """The value of each input."""
    given = {
        name: read(name, text)
        for option, texts, read in (
            ("--inputs", wanted.inputs, _of_file),
            ("--input-exprs", wanted.expressions, _of_expression),
            ("--input-examples", wanted.examples, _of_examples),
        )
        for name, text in _pairs(option, texts)
    }
    wants = ", ".join(sorted(signature.inputs)) or "none"
    for name in given:
        if name not in signature.inputs:
            raise SavedModelError(f"{name} is no input of signature {key}; its inputs: {wants}")
    missing = sorted(set(signature.inputs) - set(given))
    if missing:
        raise SavedModelError(f"signature {key} also wants {', '.join(missing)}")
    return given


def _pairs(option: str, texts: str) -> Iterator[tuple[str, str]]:
    """Names and values of ``name=value;name=value``; quotes and brackets hold a ``;`` together."""
    start = depth = 0
    quote = ""
    for at, letter in enumerate(f"{texts};"):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == ";" and depth <= 0:
            one = texts[start:at].strip()
            start = at + 1
            name, equals, value = one.partition("=")
            if one and not (equals and name.strip() and value.strip()):
                raise SavedModelError(f"{option}: {one!r} is not name=value")
            if one:
                yield name.strip(), value.strip()
    if texts[start:].strip():
        raise SavedModelError(f"{option}: {texts[start:].strip()!r} has no end")


def _of_file(name: str, text: str) -> Any:
    match = re.fullmatch(r"(.+?)\[([^\[\]]+)\]", text)
    path, key = (match[1], match[2]) if match else (text, None)
    try:
        content = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SavedModelError(f"--inputs {name}={text}: {error}") from None
    if isinstance(content, np.ndarray):
        return content
    with content:
        names = list(content)
        key = names[0] if key is None and len(names) == 1 else key
        if key not in names:
            holds = f"{path} holds {', '.join(names)}"
            raise SavedModelError(f"--inputs {name}={text}: {holds}; want {name}={path}[<one>]")
        return content[key]


def _of_expression(name: str, text: str) -> Any:
    try:
        return _evaluated(ast.parse(text, mode="eval").body)
    # What NumPy says of its arguments has any of these classes.
    except (SyntaxError, SavedModelError, ArithmeticError, AttributeError, LookupError,
            TypeError, ValueError, MemoryError) as error:  # fmt: skip
        raise SavedModelError(f"--input-exprs {name}={text}: {error}") from None


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


def _evaluated(node: ast.AST) -> Any:
    """What an expression of numbers, text, lists, arithmetic and calls of NumPy stands for."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_evaluated(element) for element in node.elts]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluated(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluated(node.left), _evaluated(node.right))
    if isinstance(node, ast.Call):
        keywords = {one.arg: _evaluated(one.value) for one in node.keywords if one.arg}
        return _evaluated(node.func)(*map(_evaluated, node.args), **keywords)
    if isinstance(node, ast.Attribute):
        above = node.value
        if isinstance(above, ast.Name) and above.id in ("np", "numpy") and node.attr[:1] != "_":
            return getattr(np, node.attr)
        value = _evaluated(above)
        if isinstance(value, np.ndarray) and node.attr in ("astype", "reshape", "T"):
            return getattr(value, node.attr)
        if value is np.random and node.attr[:1] != "_":
            return getattr(value, node.attr)
    raise SavedModelError(
        f"{ast.unparse(node)!r} is none of numbers, text, lists, arithmetic and calls of np"
    )


def _of_examples(name: str, text: str) -> Any:
    try:
        rows = ast.literal_eval(text)
        return np.array([_example(row).SerializeToString() for row in rows], object)
    except (SyntaxError, TypeError, ValueError, AttributeError) as error:
        raise SavedModelError(f"--input-examples {name}={text}: {error}") from None


def _example(row: dict[str, Any]) -> Example:
    example = Example()
    for key, values in row.items():
        feature = example.features.feature[key]
        if all(isinstance(value, (str, bytes)) for value in values):
            feature.bytes_list.value.extend(
                value.encode() if isinstance(value, str) else value for value in values
            )
        elif all(isinstance(value, int) for value in values):
            feature.int64_list.value.extend(values)
        else:
            feature.float_list.value.extend(values)
    return example


# ---- The run ----


def _run(
    folder: str, graph: MetaGraphDef, signature: SignatureDef, given: dict[str, Any]
) -> dict[str, Any]:
    """The values of the outputs, by their names."""
    with Graph().as_default() as loaded, Session() as session:
        try:
            load(session, graph.meta_info_def.tags, folder)
            fetches = {
                name: get_tensor_from_tensor_info(info, loaded)
                for name, info in sorted(signature.outputs.items())
            }
            feeds = {
                get_tensor_from_tensor_info(signature.inputs[name], loaded): value
                for name, value in given.items()
            }
            outputs: dict[str, Any] = session.run(fetches, feeds)
        except errors.OpError as error:
            raise SavedModelError(f"{type(error).__name__}: {error.message}") from None
        except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
            raise SavedModelError(str(error.args[0] if error.args else error)) from None
    return outputs


def _write(console: Console, outputs: dict[str, Any], folder: str, overwrites: bool) -> None:
    paths = {name: os.path.join(folder, f"{name.replace('/', '_')}.npy") for name in outputs}
    for path in paths.values():
        if os.path.exists(path) and not overwrites:
            raise SavedModelError(f"--outdir: {path} exists; --overwrite writes it again")
    try:
        os.makedirs(folder, exist_ok=True)
        for name, path in paths.items():
            value = np.asarray(outputs[name])
            np.save(path, value.astype(np.bytes_) if value.dtype == object else value)
            console.out(f"{name}: {path}", highlight=False)
    except OSError as error:
        raise SavedModelError(f"--outdir: {error}") from None


def _output_text(name: str, value: Any) -> str:
    array = np.asarray(value)
    return f"{name}  {_dtype_of(array)}  {array.shape}\n{np.array2string(array)}"


def _dtype_of(array: np.ndarray) -> str:
    return str(dtypes.as_dtype(array.dtype).name)


def _as_json(outputs: dict[str, Any]) -> dict[str, Any]:
    def values(array: np.ndarray) -> Any:
        if array.dtype != object:
            return array.tolist()
        texts = [text.decode("utf-8", "backslashreplace") for text in array.ravel()]
        return np.array(texts, object).reshape(array.shape).tolist()

    arrays = {name: np.asarray(value) for name, value in outputs.items()}
    return {
        name: {"dtype": _dtype_of(array), "shape": list(array.shape), "values": values(array)}
        for name, array in arrays.items()
    }
