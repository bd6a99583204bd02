"""Functions of tensors as TensorFlow 1 has them: `Defun`, and gradients of one's own.

A call adds the operations of the function to the graph of the caller, under the function's name,
and ends in one IdentityN of that name, which carries its gradient. The Python code runs at the
first call in a graph; others add copies of what it made, and share its variables. Where it makes
loops or branches it runs at each call.
"""

from __future__ import annotations

import inspect
import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from tfsession import nest, protos
from tfsession.autodiff.function_bodies import Body
from tfsession.autodiff.gradients import RegisterGradient
from tfsession.dtypes import DType, as_dtype
from tfsession.graph import scopes
from tfsession.graph.build import build, convert_to_tensor, stand_in
from tfsession.graph.function_graph import FunctionGraph
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.variables.scope import (
    AUTO_REUSE,
    VariableScope,
    get_variable_scope,
    variable_scope,
)

__all__ = ["Defun", "custom_gradient"]

_numbers = itertools.count()


# ---- Gradients ----


class _Call:
    """What the gradient function of a call sees in the place of its operation."""

    def __init__(self, name: str, inputs: list[Tensor], outputs: list[Tensor]) -> None:
        self.name = name
        self.type = name
        self.inputs = inputs
        self.outputs = outputs


def _with_gradient(
    call: _Call, gradient: Callable[..., Any], name: str | None = None
) -> list[Tensor]:
    """The outputs of a call, through which `gradient(call, *dys)` leads back to its inputs."""
    register_as = f"tfsession.function-{next(_numbers)}"
    count = len(call.outputs)

    def passed(op: Operation, *dys: Any) -> list[Any]:
        dxs = gradient(call, *dys[:count])
        dxs = list(dxs) if isinstance(dxs, (list, tuple)) else [dxs]
        if len(dxs) != len(call.inputs):
            raise ValueError(
                f"Num gradients {len(dxs)} generated for op {call.name} do not match num inputs"
                f" {len(call.inputs)}"
            )
        return [None] * count + dxs

    RegisterGradient(register_as)(passed)
    with scopes.get_default_graph().gradient_override_map({"IdentityN": register_as}):
        # With the inputs among its own, gradients reach them without going through the body.
        made: list[Tensor] = build("IdentityN", [*call.outputs, *call.inputs], name=name)
    return made[:count]


def custom_gradient(f: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Gives a function a gradient of its own.

    Args:
      f: takes tensors; returns their function, a Tensor or a nested structure, and a function that
        takes a gradient per tensor of the result and returns one per argument.

    Returns:
      A function that returns what `f` returns first.

    Source: TensorFlow 1.15 `tf.custom_gradient`, without variables used inside.
    """
    if f is None:
        return custom_gradient

    def decorated(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise ValueError(
                "The custom_gradient decorator currently supports keywords arguments only when "
                "eager execution is enabled."
            )
        with scopes.name_scope("CustomGradient"):
            inputs = [convert_to_tensor(x) for x in nest.flatten(list(args))]
            # Copies, so that gradients of the body go no further than the function.
            inner = [build("Identity", x) for x in inputs]
            result, gradient = f(*nest.pack_sequence_as(list(args), inner))
            outputs = [convert_to_tensor(x) for x in nest.flatten(result)]
            call = _Call("custom_gradient", inputs, outputs)
            made = _with_gradient(call, lambda _, *dys: nest.flatten(gradient(*dys)))
        return nest.pack_sequence_as(result, made) if nest.is_sequence(result) else made[0]

    decorated.__name__ = getattr(f, "__name__", "custom_gradient")
    decorated.__doc__ = f.__doc__
    return decorated


# ---- Defun ----


class Defun:
    """Makes a function of tensors of a Python function.

    ```python
    @Defun(tf.float32, tf.float32)
    def add_and_subtract(x, y):
        return x + y, x - y

    total, difference = add_and_subtract(1.0, 2.0)
    ```

    Args:
      *input_types: the dtypes of its arguments; those of the call when there are none.
      func_name: its name, which operations of calls have; the Python function's when None.
      grad_func: another such function, of the arguments and a gradient per result, which returns a
        gradient per argument.
      python_grad_func: a Python function of an object with `inputs` and `outputs` and of a
        gradient per result, which does so.
      out_names: names of the results.
      shape_func: gives the static shapes of the results for an object with `inputs` and `outputs`.
      **kwargs: other options of TensorFlow's, which have no effect.

    Source: TensorFlow 1.15 `tensorflow.python.framework.function.Defun`.
    """

    def __init__(self, *input_types: Any, **kwargs: Any) -> None:
        self._input_types = [as_dtype(kind) for kind in input_types]
        self._func_name = kwargs.pop("func_name", None)
        self._grad_func = kwargs.pop("grad_func", None)
        self._python_grad_func = kwargs.pop("python_grad_func", None)
        self._out_names = kwargs.pop("out_names", None)
        self._shape_func = kwargs.pop("shape_func", None)

    def __call__(self, func: Callable[..., Any]) -> _DefinedFunction | _OverloadedFunction:
        """Makes the function.

        Raises:
          ValueError: `func` is no function, has arguments with defaults or by keyword, or more or
            fewer of them than dtypes are given.
        """
        if not callable(func):
            raise ValueError(f"function {func} must be callable")
        if self._grad_func and self._python_grad_func:
            raise ValueError("Gradient defined twice for function")
        parameters = inspect.signature(func).parameters.values()
        if any(p.kind is p.VAR_KEYWORD or p.default is not p.empty for p in parameters):
            raise ValueError(
                "Functions with argument defaults or keywords arguments are not supported."
            )
        count = sum(p.kind is not p.VAR_POSITIONAL for p in parameters)
        if self._input_types and len(self._input_types) < count:
            raise ValueError(
                "The function has more arguments than the number of specified input types."
            )
        if len(self._input_types) > count == len(parameters):
            raise ValueError(
                "The function has fewer arguments than the number of specified input types."
            )

        def of_types(types: list[DType], name: str) -> _DefinedFunction:
            return _DefinedFunction(
                func,
                types,
                name,
                self._grad_func,
                self._python_grad_func,
                self._out_names,
                self._shape_func,
            )

        name = self._func_name or func.__name__.strip("<>_")
        if parameters and not self._input_types:
            return _OverloadedFunction(name, func.__doc__, of_types)
        return of_types(self._input_types, name)


class _OverloadedFunction:
    """A function that `Defun` made without dtypes: one for those of each call."""

    def __init__(
        self, name: str, doc: str | None, of_types: Callable[[list[DType], str], _DefinedFunction]
    ) -> None:
        self.name = self.__name__ = name
        self.__doc__ = doc
        self._of_types = of_types
        self._found: dict[tuple[DType, ...], _DefinedFunction] = {}

    def instantiate(self, input_types: Sequence[Any]) -> _DefinedFunction:
        """The function of these dtypes.

        Raises:
          ValueError: a dtype is one of references.
        """
        types = tuple(as_dtype(kind) for kind in input_types)
        if any(kind.is_ref_dtype for kind in types):
            raise ValueError(f"Function {self.name} takes no references, but {list(types)}")
        if types not in self._found:
            self._found[types] = self._of_types(list(types), self.name)
        return self._found[types]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a call to the graph, as a function that has been made with these dtypes does."""
        inputs = [convert_to_tensor(x) for x in args]
        return self.instantiate([x.dtype.base_dtype for x in inputs])(*inputs, **kwargs)


class _DefinedFunction:
    """A function that `Defun` made."""

    def __init__(
        self,
        func: Callable[..., Any],
        input_types: list[DType],
        name: str,
        grad_func: Any,
        python_grad_func: Any,
        out_names: Sequence[str] | None,
        shape_func: Any,
    ) -> None:
        self.name = name
        self.declared_input_types = input_types
        self.grad_func_name = grad_func.name if grad_func is not None else None
        self.python_grad_func = python_grad_func
        self._func = func
        self._grad_func = grad_func
        self._out_names = out_names
        self._shape_func = shape_func
        # What the first call in each graph has made, and where that was: there its variables are.
        self._bodies: weakref.WeakKeyDictionary[Graph, tuple[Body, VariableScope]] = (
            weakref.WeakKeyDictionary()
        )
        self.__name__, self.__doc__ = name, func.__doc__

    def add_to_graph(self, g: Any) -> None:
        """Does nothing: operations are added by calls."""

    @property
    def definition(self) -> protos.FunctionDef:
        """The function as TensorFlow's message."""
        names = self._parameters()
        return self._body().definition(self.name, names)

    @property
    def captured_inputs(self) -> list[Tensor]:
        """The tensors outside that the function reads."""
        return self._body().captured_outside

    @property
    def stateful_ops(self) -> list[tuple[str, str]]:
        """The name and the type of each operation that has an effect or a memory."""
        return self._body().stateful

    def _parameters(self) -> list[str]:
        """A name for each argument."""
        names = list(inspect.signature(self._func).parameters)
        count = len(self.declared_input_types)
        return [*names, *(f"{names[-1]}_{index}" for index in range(count))][:count]

    def _body(self) -> Body:
        """What the first call in the default graph has made; in a graph of its own before it."""
        found = self._bodies.get(scopes.get_default_graph())
        if found is not None:
            return found[0]
        graph = FunctionGraph(scopes.get_default_graph())
        with graph.as_default():
            inputs = [stand_in(kind, None) for kind in self.declared_input_types]
            body = Body(graph, "", inputs)
            body.run(self._func)
        captures = {tensor.op for tensor in graph.captures.values()}
        body.operations = [op for op in body.operations if op not in captures]
        return body

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a call to the graph.

        Args:
          *args: what can be made tensors of.
          **kwargs: `name`, of the operations; `noinline` has no effect.

        Returns:
          A Tensor, a tuple of several, or the Operation of a function without results.

        Raises:
          ValueError: there are more or fewer arguments than the function takes, an unknown one by
            keyword, or a result is None.
        """
        types = self.declared_input_types
        unknown = sorted(set(kwargs) - {"name", "noinline", "compiled"})
        if unknown:
            raise ValueError(f"Unknown keyword arguments: {unknown}")
        if len(args) != len(types):
            raise ValueError(f"Expected number of arguments: {len(types)}, received: {len(args)}")
        with scopes.name_scope(kwargs.get("name") or self.name) as scope:
            inputs = [convert_to_tensor(x, dtype=kind) for x, kind in zip(args, types, strict=True)]
            result = self._result(scope, [build("Identity", x) for x in inputs])
            if result is None or isinstance(result, Operation):
                waited = [] if result is None else [result]
                with scopes.control_dependencies(waited):
                    return build("NoOp", name=scope)
            results = list(result) if isinstance(result, (list, tuple)) else [result]
            if any(x is None for x in results):
                raise ValueError(f"Function {self.name} can not return None.")
            outputs = [convert_to_tensor(x) for x in results]
            if self._out_names is not None and len(self._out_names) != len(outputs):
                raise ValueError(
                    "Length of out_names ({}) does not match number of outputs ({}): {}".format(
                        len(self._out_names), len(outputs), ", ".join(self._out_names)
                    )
                )
            made = self._finish(scope, inputs, outputs)
        return made[0] if len(made) == 1 else tuple(made)

    def _result(self, scope: str, inputs: list[Tensor]) -> Any:
        """What the Python code returns: it runs, or what it has made is added once more."""
        graph = scopes.graph_of(inputs)
        found = self._bodies.get(graph)
        if found is None:
            body = Body(graph, scope, inputs)
            first = get_variable_scope()
            body.run(self._func)
            self._bodies[graph] = body, first
            return body.result
        body, first = found
        if body.can_be_copied():
            return body.copied(inputs)
        with variable_scope(first, reuse=AUTO_REUSE, auxiliary_name_scope=False):
            return self._func(*inputs)

    def _finish(self, scope: str, inputs: list[Tensor], outputs: list[Tensor]) -> list[Tensor]:
        call = _Call(scope.rstrip("/"), inputs, outputs)
        gradient = self.python_grad_func
        if self._grad_func is not None:
            gradient = self._gradient_by_function
        if gradient is None:
            made: list[Tensor] = build("IdentityN", outputs, name=scope)
        else:
            made = _with_gradient(call, gradient, scope)
        if self._shape_func is not None:
            for tensor, dims in zip(made, self._shape_func(call), strict=True):
                tensor.set_shape(dims)
        return made

    def _gradient_by_function(self, call: _Call, *dys: Any) -> Any:
        return self._grad_func(*call.inputs, *(convert_to_tensor(dy) for dy in dys))
