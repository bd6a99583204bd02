"""Iterators over datasets, as tensors see them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from tfsession.data import structure
from tfsession.dtypes import string
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import add_to_collection, colocate_with

_MANY_CALLS = 32
_TOO_MANY_CALLS = (
    "An unusually high number of `Iterator.get_next()` calls was detected. This often indicates "
    "that `Iterator.get_next()` is being called inside a training loop, which will cause gradual "
    "slowdown and eventual resource exhaustion. If this is the case, restructure your code to call "
    "`next_element = iterator.get_next()` once outside the loop, and use `next_element` as the "
    "input to some computation that is invoked inside the loop."
)

ITERATORS = "iterators"


class Iterator:
    """Gives the elements of a dataset, one in each run.

    Source: TensorFlow 1.15 `tf.data.Iterator`.
    """

    def __init__(
        self,
        iterator_resource: Tensor,
        initializer: Operation | None,
        output_types: Any,
        output_shapes: Any,
        output_classes: Any,
    ) -> None:
        """Makes an iterator; users call a dataset's methods, `from_structure` and the like."""
        self._iterator_resource = iterator_resource
        self._initializer = initializer
        self._specs = structure.from_legacy(output_types, output_shapes, output_classes)
        self._string_handle: Tensor = build("IteratorToStringHandle", iterator_resource)
        self._get_next_calls = 0
        add_to_collection(ITERATORS, iterator_resource)

    @classmethod
    def of_specs(
        cls, iterator_resource: Tensor, initializer: Operation | None, specs: Any
    ) -> Iterator:
        """An iterator over elements that are described by a structure of specs."""
        parts = [structure.legacy(specs, part) for part in range(3)]
        found = cls(iterator_resource, initializer, *parts)
        found._specs = specs
        return found

    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> Iterator:
        """An iterator that `make_initializer` operations give a dataset.

        Args:
          output_types: the structure of dtypes of elements.
          output_shapes: that of their shapes; None: anything.
          shared_name: iterators of one such name are one in a session.
          output_classes: Tensor or SparseTensor for each part; None: tensors.
        """
        specs = structure.from_legacy(output_types, output_shapes, output_classes)
        handle = build(
            "IteratorV2",
            container="",
            shared_name=shared_name or "",
            **structure.flat_attributes(specs),
        )
        return Iterator.of_specs(handle, None, specs)

    @staticmethod
    def from_string_handle(
        string_handle: Any,
        output_types: Any,
        output_shapes: Any = None,
        output_classes: Any = None,
    ) -> Iterator:
        """The iterator that a string names, which can be fed.

        Args:
          string_handle: scalar, string: what `string_handle()` of another iterator gave.
          output_types: the structure of dtypes of elements.
          output_shapes: that of their shapes; None: anything.
          output_classes: Tensor or SparseTensor for each part; None: tensors.
        """
        specs = structure.from_legacy(output_types, output_shapes, output_classes)
        given = convert_to_tensor(string_handle, string)
        attributes = structure.flat_attributes(specs)
        handle = build("IteratorFromStringHandleV2", given, **attributes)
        return Iterator.of_specs(handle, None, specs)

    @property
    def initializer(self) -> Operation:
        """Begins with the first element, also where there have been some before.

        Raises:
          ValueError: it is given a dataset by `make_initializer`, or initialises itself.
        """
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """An operation that makes this an iterator over a dataset.

        Raises:
          TypeError: the elements have other dtypes, shapes or classes.
        """
        words = ("types", "shapes", "classes")
        for part, word in enumerate(words):
            ours = structure.legacy(self._specs, part)
            others = structure.legacy(dataset.element_spec, part)
            if part == 1:
                if not structure.are_compatible(self._specs, dataset.element_spec):
                    raise TypeError(
                        f"Expected output shapes compatible with {ours!r} but got dataset with "
                        f"output shapes {others!r}."
                    )
            elif ours != others:
                raise TypeError(
                    f"Expected output {word} {ours!r} but got dataset with output {word} "
                    f"{others!r}."
                )
        with colocate_with(self._iterator_resource):
            made: Operation = build(
                "MakeIterator",
                dataset.variant_tensor,
                self._iterator_resource,
                name=name or "make_initializer",
            )
        return made

    def get_next(self, name: str | None = None) -> Any:
        """The next element: each run of it takes one.

        Returns:
          The structure of tensors; running it raises OutOfRangeError when there are no more.
        """
        self._get_next_calls += 1
        if self._get_next_calls > _MANY_CALLS:
            warnings.warn(_TOO_MANY_CALLS, stacklevel=2)
        attributes = structure.flat_attributes(self._specs)
        made = build("IteratorGetNext", self._iterator_resource, name=name, **attributes)
        tensors: Sequence[Tensor] = made if isinstance(made, list) else [made]
        return structure.from_tensors(self._specs, tensors)

    def string_handle(self, name: str | None = None) -> Tensor:
        """A scalar string that names this iterator in its session."""
        if name is None:
            return self._string_handle
        handle: Tensor = build("IteratorToStringHandle", self._iterator_resource, name=name)
        return handle

    @property
    def output_types(self) -> Any:
        """The structure of dtypes."""
        return structure.legacy(self._specs, 0)

    @property
    def output_shapes(self) -> Any:
        """The structure of shapes."""
        return structure.legacy(self._specs, 1)

    @property
    def output_classes(self) -> Any:
        """The structure of classes."""
        return structure.legacy(self._specs, 2)

    @property
    def element_spec(self) -> Any:
        """What describes an element."""
        return self._specs
