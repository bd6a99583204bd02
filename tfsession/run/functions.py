"""The steps of functions: bodies that kernels call, such as those of `tf.data.Dataset.map`.

A body runs on the host, as one compiled step, in the thread of whoever calls it.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.compile.generate import Step, generate
from tfsession.compile.lower import lower
from tfsession.compile.optimise import MAX_FOLDED_BYTES, optimise
from tfsession.compile.prune import prune
from tfsession.devices.device import Device
from tfsession.dtypes import string
from tfsession.graph.function_graph import GraphFunction
from tfsession.graph.operation import Operation
from tfsession.protos import ConfigProto
from tfsession.resources import functions
from tfsession.resources.containers import ResourceManager
from tfsession.run.op_errors import op_error
from tfsession.run.placed_graph import PlacedGraph


class FunctionCompiler:
    """Compiles the functions of one session.

    Args:
      devices: the session's.
      config: the session's.
      passes_off: the optimisation passes that are left out.
    """

    def __init__(
        self, devices: Sequence[Device], config: ConfigProto, passes_off: frozenset[str]
    ) -> None:
        self._devices = {device.name: device for device in devices if device.on_host}
        self._config = config
        self._passes_off = passes_off
        # Held while a function is compiled.
        self._lock = threading.RLock()
        # Of functions whose operations keep nothing from call to call.
        self._steps: weakref.WeakKeyDictionary[GraphFunction, Step] = weakref.WeakKeyDictionary()
        # For each function, that of rows, where there is one.
        self._of_rows: weakref.WeakKeyDictionary[GraphFunction, GraphFunction | None] = (
            weakref.WeakKeyDictionary()
        )

    def compile(self, function: GraphFunction) -> functions.Call:
        """A function of arrays.

        Raises:
          OpError: an operation of the body cannot be placed or computed.
        """
        with self._lock:
            step = self._steps.get(function)
            if step is None:
                step = self._step(function)
                if not any(op.op_def_.is_stateful for op in function.graph.operations):
                    self._steps[function] = step
        return _Call(function, step)

    def compile_rows(self, function: GraphFunction) -> functions.Call | None:
        """A function of the rows of arrays; None: there is no such function."""
        from tfsession.data.rows import of_rows  # few programs have datasets

        with self._lock:
            if function not in self._of_rows:
                # Loads the kernels of its operations, which say what rows do.
                self.compile(function)
                self._of_rows[function] = of_rows(function)
            found = self._of_rows[function]
        return None if found is None else self.compile(found)

    def _step(self, function: GraphFunction) -> Step:
        graph, parameters = function.graph, function.parameters
        known = set(parameters)
        results = list(dict.fromkeys(t for t in function.outputs if t not in known))
        effects = [op for op in graph.operations if _has_effect(op)]
        operations = prune([*results, *effects], parameters)
        placed = PlacedGraph(graph, list(self._devices.values()), self._config)
        # What operations keep belongs to this step alone; resources arrive as handles.
        resources = ResourceManager()
        functions.provide(resources, self)
        program = lower(
            operations,
            results,
            parameters,
            placed.place(operations),
            self._devices,
            resources,
            required=effects,
        )
        options = self._config.graph_options.optimizer_options
        largest = options.max_folded_constant_in_bytes or MAX_FOLDED_BYTES
        return generate(optimise(program, self._passes_off, largest, False), self._devices)


def _has_effect(op: Operation) -> bool:
    """Whether an operation runs although nobody reads what it gives."""
    definition = op.op_def_
    if definition.is_fed or not (definition.is_stateful or definition.checks):
        return False
    return definition.checks or definition.hands_on or not op.outputs


class _Call:
    """A function of arrays."""

    def __init__(self, function: GraphFunction, step: Step) -> None:
        self._function = function
        self._step = step
        results = dict.fromkeys(t for t in function.outputs if t not in set(function.parameters))
        numbers = {tensor: index for index, tensor in enumerate(results)}
        # For each output, the result of the step or the argument that it is.
        self._results = [numbers.get(t) for t in function.outputs]
        self._arguments = {t: index for index, t in enumerate(function.parameters)}
        self._does_anything = bool(step.program.instructions or results)
        self._has_strings = any(t.dtype is string for t in function.parameters)

    def __call__(self, arguments: Sequence[Any]) -> Sequence[Any]:
        if self._has_strings:
            arguments = [_array(a) if type(a) is bytes else a for a in arguments]
        try:
            results = self._step.call(arguments) if self._does_anything else ()
        except Exception as error:
            raise self._error(error) from error
        return [
            arguments[self._arguments[tensor]] if number is None else results[number]
            for tensor, number in zip(self._function.outputs, self._results, strict=True)
        ]

    def _error(self, error: Exception) -> Exception:
        found = op_error(self._function.graph, self._step, error, is_raw=True)
        if not isinstance(found, errors.OpError):
            return found
        text = found.message
        if not text.startswith("{{function_node "):
            text = f"{{{{function_node {self._function.name}}}}} {text}"
        return errors.make_error(None, None, text, found.error_code or errors.UNKNOWN)


def _array(text: bytes) -> Any:
    """A scalar string as kernels take it."""
    found = np.empty((), object)
    found[()] = text
    return found
