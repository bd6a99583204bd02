"""Runs random calls of ops on tfsession and on TensorFlow, and prints where they differ.

Not part of the test suite: it needs a Python with TensorFlow 1.15, and takes minutes.

    python tests/oracle/compare_calls.py --tensorflow /path/to/python [--calls 10000] [pattern]

`calls.py` says what a call is. Differences are in one of these kinds, the gravest first: ``value``
(and ``dtype``), ``refused`` (TensorFlow runs it), ``static``, ``accepted`` (TensorFlow refuses
it), ``class`` and ``text``. Those that are meant are in `MEANT`.
"""

from __future__ import annotations

import argparse
import collections
import re
import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from calls import Maker, templates
from peer import Gone, Peer, unpacked

SECONDS = 20.0
# dtype -> relative error that sums in another order may have.
TOLERANCE = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 2e-5, "complex64": 2e-5}
# Of what is wider.
LEAST = 1e-8

# (pattern over "op kind line", why they differ).
MEANT: list[tuple[str, str]] = [
    (r" accepted .*(No OpKernel was registered|no supported kernel)", "more dtypes have kernels"),
    (r" accepted .*(do not yet support dilation|not yet supported on the depth)", "more kernels"),
    # What TensorFlow 1.15 computes wrongly.
    (r"^Softplus value .*bfloat16", "every bfloat16 is too large for TensorFlow's softplus"),
    (
        r"^(Sqrt|Rsqrt|Log) value .*float32",
        "TensorFlow's vectors know no subnormal or huge numbers",
    ),
    (r"^(Polygamma|Zeta) value", "TensorFlow's float32 stops the series too soon"),
    (r"^SparseTensorDenseMatMul value .*complex", "TensorFlow's adjoint_a does not conjugate"),
    (r"^SoftmaxCrossEntropyWithLogits value output 3", "the derivative is ours"),
    (r"^Matrix(Inverse|Determinant)|^LogMatrixDeterminant value", "the second derivative is ours"),
    (r"^Atan2 (value|refused)", "TensorFlow's gradient has the shape of both inputs"),
    (r"^(Unsorted)?Segment(Max|Min|Mean) value output 2", "0 of segments without rows, not 0 / 0"),
    (r"^EuclideanNorm", "TensorFlow has no gradient"),
    # What TensorFlow leaves to chance, or reads where nothing is.
    (r"^BroadcastGradientArgs value", "axes of one on both sides need no sum"),
    (r"^TopKV2 value", "the order of what is not sorted"),
    (r"^(Lower|Upper)Bound value", "a search in what is not sorted"),
    (r"^(Parallel)?DynamicStitch value", "TensorFlow leaves memory as it was"),
    (r"^ExtractGlimpse value", "noise"),
    (r"^MaxPool(3D)?Grad", "the output that is given is not that of the input"),
    (r"^(Draw|SparseDense|Sparse.*Reduce).* refused", "TensorFlow reads beyond what there is"),
    (r"^(Reciprocal|Inv|Sqrt|Rsqrt|Sigmoid|Tanh)Grad", "sizes that differ are refused at once"),
    (r"^FusedBatchNormV3 value output \d+: shape", "the gradient of an input that is not used"),
    (r"^MaxPoolV2 refused at gradient 2", "the second gradient needs constant windows"),
    (r"^NonMaxSuppression refused", "no more than none can be chosen"),
    (r"^MaxPool refused .*exactly one of", "strides that TensorFlow does not look at"),
    (r"^FusedBatchNorm\w* refused .*(Incompatible|must be equal)", "sizes that differ are refused"),
    # What it computes in float32.
    (r"^CTCLoss value .*float64", "TensorFlow's logarithms are float32"),
    # What is not finite.
    (
        r"^(LRN|RGBToHSV|HSVToRGB|Adjust\w+) value .*(nan|inf|e\+)",
        "what is not finite spreads otherwise",
    ),
    (r"(Conv|MatMul|MatrixTri)\w+ value .*(nan|inf)", "what is not finite spreads otherwise"),
    (r" value .*complex.*(nan|inf)", "complex numbers that are not finite"),
    (r"FFT.* value .*(nan|inf)", "what is not finite spreads otherwise"),
    (r"^DecodeJSONExample value", "the same message, with numbers packed"),
    (r"^SplitV static", "TensorFlow takes an axis that it does not know for the last one"),
    (r"AvgPool\w*Grad refused .*Expected grad shape", "TensorFlow reads beyond what there is"),
    (r"Jpeg|EncodePng", "other codecs: the same images, other bytes, or off by a few levels"),
    (r"^(SelfAdjointEigV2|Svd|Qr) value", "vectors are unique up to their signs"),
    (r"^FusedBatchNorm\w* value output [1-5]:", "TensorFlow leaves memory as it was"),
]


def tolerance_of(call: dict[str, Any]) -> float:
    """The relative error that is due to the least precise input."""
    parts = [p for g in call["inputs"].values() for p in (g if isinstance(g, list) else [g])]
    return max((TOLERANCE.get(data[0], LEAST) for data, _ in parts), default=LEAST)


def kind_of(ours: dict[str, Any], theirs: dict[str, Any], tolerance: float) -> tuple[str, str]:
    """The kind of a difference, "" where there is none, and a line on it."""
    mine, wanted = ours.get("error"), theirs.get("error")
    values = ours.get("values", []), theirs.get("values", [])
    tolerance = max([tolerance, *(TOLERANCE.get(data[0], LEAST) for data in values[1])])
    found = values_differ(*values, tolerance)
    if found:
        return "zero" if "sign of zero" in found else "value", found
    if wanted is None and mine is not None:
        return "refused", f"at {ours['stage']}: {mine[0]}: {mine[1]}"
    if wanted is not None and mine is None:
        return "accepted", f"at {theirs['stage']}: {wanted[0]}: {wanted[1]}"
    if ours.get("connected") != theirs.get("connected") and mine is None:
        return "value", f"connected {ours.get('connected')}, not {theirs.get('connected')}"
    for first, second in zip(ours.get("static", []), theirs.get("static", []), strict=False):
        if first[0] != second[0]:
            return "dtype", f"{first}, not {second}"
        if first != second:
            kind = "static more" if is_known_by(second[1], first[1]) else "static"
            return kind, f"{first}, not {second}"
    if mine is None or wanted is None:
        return "", ""
    if mine[0] != wanted[0] or ours["stage"] != theirs["stage"]:
        where = f"at {ours['stage']}, not {theirs['stage']}: "
        return "class", f"{where}{mine[0]}: {mine[1]}\n    not {wanted[0]}: {wanted[1]}"
    if plain_text(mine[1]) != plain_text(wanted[1]):
        return "text", f"{mine[0]}: {mine[1]}\n    not {wanted[1]}"
    return "", ""


def is_known_by(less: Any, more: Any) -> bool:
    """Whether a static shape says nothing that the other one does not say, too."""
    if less is None or more is None:
        return less is None
    pairs = zip(less, more, strict=False)
    return len(less) == len(more) and all(n in (None, m) for n, m in pairs)


def plain_text(text: str) -> str:
    """A message without the places of files, and what differs from one Python to the other."""
    text = re.sub(r"\[\[(?:\{\{)?node (\S+?)(?:\}\})?(?: \(defined at .*?\) )?\]\]", r"\1", text)
    return re.sub(r"\(defined at [^)]*\)", "", text).split("\n\nErrors may have")[0].strip()


def values_differ(ours: list[Any], theirs: list[Any], tolerance: float) -> str:
    """A line on the first array that differs, "" where none does."""
    for number, (mine, wanted) in enumerate(zip(ours, theirs, strict=False)):
        if mine[0] != wanted[0]:
            return f"output {number}: dtype {mine[0]}, not {wanted[0]}"
        if mine[1] != wanted[1]:
            return f"output {number}: shape {mine[1]}, not {wanted[1]}"
        found = arrays_differ(mine, wanted, tolerance)
        if found:
            return f"output {number}: {found}"
    return ""


def arrays_differ(mine: Any, wanted: Any, tolerance: float) -> str:
    """A line on the elements that differ."""
    if mine[2] == wanted[2]:
        return ""
    name = mine[0]
    if name == "string":
        return f"{mine[2][:5]}, not {wanted[2][:5]}"
    sign = ""
    dtype = np.dtype({"bfloat16": ml_dtypes.bfloat16}.get(name, name))
    x, y = (np.ravel(unpacked(data, dtype)) for data in (mine, wanted))
    if dtype.kind in "iub":
        bad = x != y
    else:
        wide = np.complex128 if dtype.kind == "c" else np.float64
        x, y = x.astype(wide), y.astype(wide)
        tolerance = max(tolerance, TOLERANCE.get(name, LEAST))
        finite = np.abs(y[np.isfinite(y)])
        scale = finite.max() if finite.size else 0.0
        bad = ~np.isclose(x, y, rtol=tolerance, atol=tolerance * (scale + 0.05), equal_nan=True)
        if not bad.any():
            bad = (x == 0) & (y == 0) & (np.signbit(np.real(x)) != np.signbit(np.real(y)))
            sign = "sign of zero, "
    if not bad.any():
        return ""
    first = np.flatnonzero(bad)[:4]
    return f"{sign}{bad.sum()} of {x.size} {name}: at {first} {x[first]}, not {y[first]}"


def shown(call: dict[str, Any]) -> str:
    """A call in a few lines."""

    def part(data: Any, dims: Any) -> str:
        name, shape, _ = data
        dtype = np.dtype(
            {"bfloat16": ml_dtypes.bfloat16}.get(name, name if name != "string" else object)
        )
        elements = unpacked(data, dtype).tolist() if np.prod(shape) <= 12 else "..."
        return f"{name}{list(shape)}={elements} as {dims}"

    lines = [
        f"{name}: " + (str([part(*p) for p in g]) if isinstance(g, list) else part(*g))
        for name, g in call["inputs"].items()
    ]
    return f"{call['op']} {call['attrs']}\n    " + "\n    ".join(lines)


def meant(op: str, kind: str, line: str) -> str:
    """Why a difference is meant; "" where it is not."""
    text = f"{op} {kind} {line}"
    return next((why for pattern, why in MEANT if re.search(pattern, text, re.S)), "")


def raw_ops(python: str) -> set[str]:
    """The ops that TensorFlow's `raw_ops` has."""
    with Peer(python, "tensorflow", 60.0) as peer:
        peer.send({"program": "keep([np.array(dir(tf.raw_ops))])"})
        return {text.decode() for text in peer.receive()["values"][0][2]}


def main() -> int:
    """Compares, prints, and returns whether there are differences that are not meant."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tensorflow", required=True, help="a Python that has TensorFlow 1.15")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--order", type=int, default=0, help="how often it is differentiated")
    parser.add_argument("--kinds", default="value dtype refused static")
    parser.add_argument("--templates", help="a file that keeps what calls are made of")
    parser.add_argument("--changes", type=int, default=3)
    parser.add_argument("pattern", nargs="?", default="", help="a regular expression for ops")
    options = parser.parse_args()
    known = collections.defaultdict(list)
    theirs = raw_ops(options.tensorflow)
    for template in templates(options.templates):
        if template.op in theirs and re.search(options.pattern, template.op):
            known[template.op].append(template)
    print(f"{len(known)} ops, {sum(map(len, known.values()))} templates")  # noqa: T201  # a script
    maker, counts = Maker(options.seed), collections.Counter()
    names = sorted(known)
    with (
        Peer(sys.executable, "tfsession", SECONDS) as us,
        Peer(options.tensorflow, "tensorflow", SECONDS) as them,
    ):
        for number in range(options.calls):
            choices = known[names[number % len(names)]]
            template = choices[maker.random.integers(len(choices))]
            call = maker.call(template, options.order, options.changes)
            counts[compared(call, us, them, options.kinds.split())] += 1
    print(dict(counts))  # noqa: T201  # a script
    return 0


def compared(call: dict[str, Any], us: Peer, them: Peer, kinds: list[str]) -> str:
    """Runs a call on both sides, and returns the kind of the difference."""
    us.send(call)
    them.send(call)
    answers = []
    for peer in (us, them):
        try:
            answers.append(peer.receive())
        except Gone as gone:
            answers.append({"stage": "run", "error": (f"TensorFlow {gone}", "")})
    ours, theirs = answers
    if theirs.get("error", "") and theirs["error"][0] in ("TensorFlow dies", "TensorFlow hangs"):
        return theirs["error"][0]
    kind, line = kind_of(ours, theirs, tolerance_of(call))
    if not kind:
        return "same" if "error" not in theirs else "same error"
    if meant(call["op"], kind, line):
        return "meant"
    if kind in kinds:
        print(f"{kind}  {shown(call)}\n  {line[:600]}", flush=True)  # noqa: T201  # a script
    return kind


if __name__ == "__main__":
    sys.exit(main())
