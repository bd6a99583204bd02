"""A process with one library, which runs one call after another and answers in plain data.

    with Peer(python, "tensorflow", 1.0) as peer:
        peer.send(call)
        answer = peer.receive()

What goes to and fro is pickled tuples, lists, dictionaries, text and bytes: arrays are
``(dtype name, shape, bytes)``, with the list of elements for strings. So both sides may have other
releases of Python and NumPy; this file runs under Python 3.7, where TensorFlow 1.15 is at home.

A call has

* ``op``, and ``attrs`` that do not follow from the inputs;
* ``inputs``: by name an input or a list of them, each ``(array, dims)``: a placeholder of these
  dims (None: of unknown rank), or a constant where dims are ``"const"``;
* ``order``: how often it is differentiated;
* ``program`` instead of these: Python that sets ``results``, with ``tf``, ``np`` and ``run``.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


# How long a library may take to be imported.
IMPORT_SECONDS = 600.0


class Gone(Exception):
    """The process of a peer died, or did not answer in time."""


# ---- Arrays as plain data ----

WIDE = {"bfloat16": np.uint16}
QUANTIZED = {"qint8": "int8", "quint8": "uint8", "qint16": "int16", "quint16": "uint16"}
QUANTIZED["qint32"] = "int32"


def packed(array: Any, name: str) -> tuple[str, tuple[int, ...], Any]:
    """An array of the dtype called `name` as plain data."""
    array = np.asarray(array)
    if name == "string":
        texts = [t.encode() if isinstance(t, str) else bytes(t) for t in array.ravel().tolist()]
        return name, tuple(array.shape), texts
    return name, tuple(array.shape), np.ascontiguousarray(array).tobytes()


def unpacked(data: tuple[str, tuple[int, ...], Any], dtype: Any) -> np.ndarray:
    """The array again; `dtype` is the NumPy dtype of the library that takes it."""
    name, shape, content = data
    if name == "string":
        array = np.empty(len(content), object)
        array[:] = content
        return array.reshape(shape)
    return np.frombuffer(content, dtype).reshape(shape)


# ---- In the child ----


class Library:
    """Runs calls on one of the two libraries."""

    def __init__(self, library: str) -> None:
        if library == "tensorflow":
            os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
            import tensorflow as tf
        else:
            import tfsession as tf
        tf.logging.set_verbosity(tf.logging.FATAL)
        self.tf = tf
        self.config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
        self.config.graph_options.rewrite_options.disable_meta_optimizer = True
        self.config.graph_options.optimizer_options.opt_level = -1

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """What comes of a call: static shapes, values, or the error and where it arose."""
        found: dict[str, Any] = {"stage": "build"}
        try:
            with self.tf.Graph().as_default():
                self.tf.set_random_seed(7)
                if "program" in call:
                    self._program(call["program"], found)
                else:
                    self._call(call, found)
        except Exception as error:
            text = str(getattr(error, "message", None) or error)
            found["error"] = (type(error).__name__, text)
        return found

    def _program(self, source: str, found: dict[str, Any]) -> None:
        tf, values = self.tf, found.setdefault("values", [])

        def keep(results: Any) -> None:
            values.extend(packed(v, _name(np.asarray(v))) for v in tf.nest.flatten(results))

        exec(source, {"tf": tf, "np": np, "keep": keep, "found": found})

    def _call(self, call: dict[str, Any], found: dict[str, Any]) -> None:
        tf, feeds = self.tf, {}

        def tensor(data: Any, dims: Any) -> Any:
            array = unpacked(data, tf.as_dtype(data[0]).as_numpy_dtype)
            if dims == "const":
                return tf.constant(array, tf.as_dtype(data[0]))
            made = tf.placeholder(tf.as_dtype(data[0]), dims)
            feeds[made] = array
            return made

        arguments = {
            name: [tensor(*part) for part in given] if isinstance(given, list) else tensor(*given)
            for name, given in call["inputs"].items()
        }
        attrs = {name: self._attribute(value) for name, value in call["attrs"].items()}
        with tf.device("/cpu:0"):
            made = getattr(tf.raw_ops, call["op"])(**arguments, **attrs)
        outputs = [made] if isinstance(made, tf.Tensor) else tf.nest.flatten(list(made or []))
        found["static"] = [(t.dtype.name, _dims(t.shape)) for t in outputs]
        found["stage"] = "run"
        with tf.Session(config=self.config) as session:
            values = session.run(outputs, feeds)
            found["values"] = self._packed(values, outputs)
            inputs = tf.nest.flatten([arguments[name] for name in sorted(arguments)])
            for order in range(call["order"]):
                if order == 1 and not outputs:
                    break
                found["stage"] = f"gradient {order + 1}"
                outputs, values = self._differentiated(
                    outputs, values, inputs, feeds, session, found, call["seed"]
                )

    def _differentiated(
        self,
        outputs: Any,
        values: Any,
        inputs: Any,
        feeds: Any,
        session: Any,
        found: Any,
        seed: int,
    ) -> Any:
        """Gradients of outputs by inputs, with numbers of a seed for those of the outputs."""
        tf, random = self.tf, np.random.RandomState(seed)
        ys = [(y, v) for y, v in zip(outputs, values) if y.dtype.is_floating or y.dtype.is_complex]
        xs = [x for x in inputs if x.dtype.is_floating or x.dtype.is_complex]
        if not ys or not xs:
            return [], []
        slopes = []
        for y, value in ys:
            slope = tf.placeholder(y.dtype, np.shape(value))
            feeds[slope] = random.randint(-8, 9, np.shape(value)) / 4.0 + 0.125
            slopes.append(slope)
        found_gradients = tf.gradients([y for y, _ in ys], xs, slopes)
        kept = [None if g is None else tf.convert_to_tensor(g) for g in found_gradients]
        known = [g for g in kept if g is not None]
        found["connected"] = found.get("connected", []) + [g is not None for g in kept]
        found["static"] += [(g.dtype.name, _dims(g.shape)) for g in known]
        values = session.run(known, feeds)
        found["values"] += self._packed(values, known)
        inputs.extend(slopes)
        return known, values

    def _packed(self, values: Any, tensors: Any) -> list[Any]:
        """Values as plain data; handles have none that could be compared."""
        plain = []
        for value, tensor in zip(values, tensors):
            name = tensor.dtype.base_dtype.name
            if name not in ("resource", "variant"):
                plain.append(packed(value, QUANTIZED.get(name, name)))
        return plain

    def _attribute(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._attribute(part) for part in value]
        kind = value[0] if isinstance(value, tuple) else None
        if kind == "type":
            return self.tf.as_dtype(value[1])
        if kind == "shape":
            return self.tf.TensorShape(value[1])
        return value


def _name(array: np.ndarray) -> str:
    return "string" if array.dtype.kind in "OSU" else array.dtype.name


def _dims(shape: Any) -> Any:
    return None if shape.ndims is None else shape.as_list()


def serve(library: str) -> None:
    """Answers the calls on stdin until it ends; what the libraries print goes nowhere."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2) if library == "tensorflow" else (0, 1):
        os.dup2(nothing, number)
    import warnings

    warnings.simplefilter("ignore")
    runs = Library(library)
    _write(sink, {})
    for call in iter(lambda: _read(source), None):
        _write(sink, runs.answer(call))
    os._exit(0)


def _write(sink: Any, message: Any) -> None:
    data = pickle.dumps(message, 2)
    sink.write(struct.pack(">I", len(data)) + data)
    sink.flush()


def _read(source: Any) -> Any:
    head = source.read(4)
    return pickle.loads(source.read(*struct.unpack(">I", head))) if len(head) == 4 else None


# ---- In the parent ----


class Peer:
    """A child process; it is started again after it has died."""

    def __init__(self, python: str, library: str, seconds: float) -> None:
        self._command = [python, __file__, library]
        self._seconds = seconds
        self._process: Any = None

    def send(self, call: dict[str, Any]) -> None:
        """Hands over a call, whose answer `receive` returns."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
            )
            self._message(IMPORT_SECONDS)
        _write(self._process.stdin, call)

    def receive(self) -> dict[str, Any]:
        """The answer to the call that was sent.

        Raises:
          Gone: there is none; the next call gets a new process.
        """
        return self._message(self._seconds)

    def _message(self, seconds: float) -> dict[str, Any]:
        size = struct.unpack(">I", self._bytes(4, seconds))[0]
        answer: dict[str, Any] = pickle.loads(self._bytes(size, seconds))
        return answer

    def _bytes(self, count: int, seconds: float) -> bytes:
        data, pipe = b"", self._process.stdout
        while len(data) < count:
            ready = select.select([pipe], [], [], seconds)[0]
            part = os.read(pipe.fileno(), count - len(data)) if ready else b""
            if not part:
                self.close()
                raise Gone("dies" if ready else "hangs")
            data += part
        return data

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


if __name__ == "__main__":
    serve(sys.argv[1])
