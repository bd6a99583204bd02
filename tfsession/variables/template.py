"""`tf.make_template`: functions whose variables are shared between calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.call_stack import user_line
from tfsession.graph.scopes import GraphKeys
from tfsession.variables.scope import (
    VariableScope,
    pure_variable_scope,
    unique_variable_scope,
    variable_scope,
)

__all__ = ["make_template"]


class Template:
    """A function whose variables are made at the first call and shared by the later ones."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        create_scope_now: bool,
        unique_name: str | None,
        custom_getter: Any,
        arguments: dict[str, Any],
    ) -> None:
        self._name = name
        self._function = function
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._arguments = arguments
        self._scope: VariableScope | None = None
        self._is_called = False
        self._line = user_line()
        if create_scope_now:
            # The first call opens the name scope.
            with pure_variable_scope(
                unique_name or unique_variable_scope(name), custom_getter=custom_getter
            ) as scope:
                self._scope = scope

    def _new_scope(self) -> variable_scope:
        if self._unique_name is not None:
            return variable_scope(self._unique_name, custom_getter=self._custom_getter)
        return variable_scope(None, default_name=self._name, custom_getter=self._custom_getter)

    @property
    def name(self) -> str:
        """The name the template was made with."""
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        """The function."""
        return self._function

    @property
    def variable_scope(self) -> VariableScope | None:
        """The scope of the template's variables, or None before it is made."""
        return self._scope

    @property
    def var_scope(self) -> VariableScope | None:
        """The old name of `variable_scope`."""
        return self._scope

    @property
    def variable_scope_name(self) -> str | None:
        """The prefix of the names of the template's variables, or None before it is made."""
        if self._scope is None or not self._scope.name:
            return None if self._scope is None else ""
        return f"{self._scope.name}/"

    @property
    def global_variables(self) -> list[Any]:
        """The global variables of the template."""
        return [] if self._scope is None else self._scope.global_variables()

    @property
    def trainable_variables(self) -> list[Any]:
        """The trainable variables of the template."""
        return [] if self._scope is None else self._scope.trainable_variables()

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The global variables of the template that are not trainable."""
        trainable = set(map(id, self.trainable_variables))
        return [v for v in self.global_variables if id(v) not in trainable]

    # Layers have the same under these names.
    variables = weights = global_variables
    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables

    @property
    def local_variables(self) -> list[Any]:
        """The local variables of the template."""
        return [] if self._scope is None else self._scope.local_variables()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._scope is None:
            with self._new_scope() as scope:
                self._scope = scope
                return self._call(*args, **kwargs)
        with variable_scope(self._scope, reuse=True if self._is_called else None):
            return self._call(*args, **kwargs)

    def _call(self, *args: Any, **kwargs: Any) -> Any:
        trainable_before = len(scopes.get_collection(GraphKeys.TRAINABLE_VARIABLES))
        try:
            result = self._function(*args, **{**self._arguments, **kwargs})
        except Exception as error:
            text = str(error.args[0]) if error.args else ""
            file, line = self._line
            where = f'originally defined at:\n  File "{file}", line {line}\n'
            error.args = (f"{text}\n\n{where}", *error.args[1:])
            raise
        if self._is_called:
            trainable = scopes.get_collection(GraphKeys.TRAINABLE_VARIABLES)
            if len(trainable) != trainable_before:
                raise ValueError(
                    "Trainable variable created when calling a template after the first time, "
                    "perhaps you used tf.Variable when you meant tf.get_variable: "
                    f"{trainable[trainable_before:]}"
                )
        self._is_called = True
        return result


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Any:
    """Makes of a function one that shares its variables between calls.

    Args:
      name_: the scope of its variables, made unique.
      func_: the function; its variables are made by `get_variable`.
      create_scope_now_: whether the scope is named now rather than at the first call.
      unique_name_: a scope used as it is, instead of `name_`.
      custom_getter_: a custom getter for its variables.
      **kwargs: arguments handed to `func_` at each call.

    Raises:
      ValueError: `name_` is None.

    Source: TensorFlow 1.15 `tf.make_template`.
    """
    if name_ is None:
        raise ValueError("name cannot be None.")
    return Template(name_, func_, create_scope_now_, unique_name_, custom_getter_, kwargs)
