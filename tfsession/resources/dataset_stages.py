"""Datasets whose elements are made of others: by functions, from several datasets, in batches."""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType, string, variant
from tfsession.errors import DataLossError, InvalidArgumentError
from tfsession.resources.datasets import (
    INFINITE,
    UNKNOWN,
    Context,
    Dataset,
    Derived,
    Element,
    Function,
    behind_scalar,
    dataset_behind,
    row_count,
    rows_of_elements,
    stacked,
    stage,
    variant_of,
)
from tfsession.shapes import format_dims

# ---- Made of other elements ----


class Zip(Dataset):
    """Elements of several datasets side by side, until one of them ends."""

    def __init__(self, parts: Sequence[Dataset], types: Sequence[DType]) -> None:
        super().__init__(types)
        self._parts = parts

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        together = zip(*[part.begin(context) for part in self._parts], strict=False)
        return map(_joined, together)

    def count(self) -> int:
        counts = [part.count() for part in self._parts]
        if UNKNOWN in counts:
            return UNKNOWN
        return min((count for count in counts if count >= 0), default=INFINITE)


def _joined(parts: tuple[Element, ...]) -> Element:
    return tuple(itertools.chain.from_iterable(parts))


class Map(Derived):
    """A function of each element."""

    def __init__(self, source: Dataset, function: Function, types: Sequence[DType]) -> None:
        super().__init__(source, types)
        self._function = function
        self.mapped = source, function

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        return map(self._function.begin(context), self.source.begin(context))

    def count(self) -> int:
        return self.source.count()


class Flat(Derived):
    """The elements of the datasets that a function makes of elements, some at a time.

    Args:
      source: the dataset.
      function: makes a dataset of an element.
      types: of the result.
      cycle: so many datasets are open at a time, and give elements in turn.
      block: how many elements in a turn.
    """

    def __init__(
        self,
        source: Dataset,
        function: Function,
        types: Sequence[DType],
        cycle: int = 1,
        block: int = 1,
    ) -> None:
        super().__init__(source, types)
        self._function = function
        if cycle <= 0:
            raise InvalidArgumentError.of("cycle_length must be greater than zero.")
        if block <= 0:
            raise InvalidArgumentError.of("block_length must be greater than zero.")
        self._cycle = cycle
        self._block = block

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        call, elements = self._function.begin(context), self.source.begin(context)

        def opened(element: Element) -> Iterator[Element]:
            (handle,) = call(element)
            return dataset_behind(handle).begin(context)

        if self._cycle == 1:
            return _flattened(map(opened, elements))
        return stage(_Interleaving(map(opened, elements), self._cycle, self._block).next)


def _flattened(iterators: Iterator[Iterator[Any]]) -> Iterator[Any]:
    """Like itertools.chain, but an error of one iterator is not its end."""
    current: Iterator[Any] = iter(())

    def advance() -> Any:
        nonlocal current
        while True:
            try:
                return next(current)
            except StopIteration:
                current = next(iterators)

    return stage(advance)


class _Interleaving:
    """Elements of several iterators in turn."""

    def __init__(self, iterators: Iterator[Iterator[Any]], cycle: int, block: int) -> None:
        self._iterators = iterators
        self._open: list[Iterator[Any] | None] = [None] * cycle
        self._block = block
        self._index = 0
        # How many elements the one whose turn it is has given.
        self._given = 0
        self._is_over = False

    def next(self) -> Any:
        while True:
            current = self._open[self._index]
            if current is not None:
                try:
                    element = next(current)
                except StopIteration:
                    self._open[self._index] = None
                    self._turn()
                    continue
                self._given += 1
                if self._given == self._block:
                    self._turn()
                return element
            if not self._is_over:
                try:
                    self._open[self._index] = next(self._iterators)
                except StopIteration:
                    self._is_over = True
            elif any(self._open):
                self._turn()
            else:
                raise StopIteration

    def _turn(self) -> None:
        self._index = (self._index + 1) % len(self._open)
        self._given = 0


class Directed(Dataset):
    """Elements of the datasets that another one names by their numbers."""

    def __init__(self, selector: Dataset, parts: Sequence[Dataset], types: Sequence[DType]) -> None:
        super().__init__(types)
        self._selector = selector
        self._parts = parts

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        numbers = self._selector.begin(context)
        parts: list[Iterator[Any] | None] = [part.begin(context) for part in self._parts]

        def advance() -> Any:
            while any(part is not None for part in parts):
                index = int(next(numbers)[0])
                if not 0 <= index < len(parts):
                    raise InvalidArgumentError.of(
                        f"Selector index out of range: {index} >= {len(parts)}"
                    )
                part = parts[index]
                if part is None:
                    continue
                try:
                    return next(part)
                except StopIteration:
                    parts[index] = None
            raise StopIteration

        return stage(advance)


class Scan(Derived):
    """A function of a state and each element, which gives the next state and a result."""

    def __init__(
        self, source: Dataset, state: Element, function: Function, types: Sequence[DType]
    ) -> None:
        super().__init__(source, types)
        self._state = state
        self._function = function

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        call, state = self._function.begin(context), self._state

        def step(element: Element) -> Element:
            nonlocal state
            found = call((*state, *element))
            state = found[: len(state)]
            return found[len(state) :]

        return map(step, self.source.begin(context))

    def count(self) -> int:
        return self.source.count()


class Unbatched(Derived):
    """The slices of each element along its first dimension."""

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        return _flattened(map(_slices, self.source.begin(context)))


def _slices(element: Element) -> Iterator[Element]:
    for index, component in enumerate(element):
        if not np.ndim(component):
            raise InvalidArgumentError.of("Input element must have a non-scalar component.")
        if len(component) != len(element[0]):
            raise InvalidArgumentError.of(
                f"Input element must have the same batch size in each component. Component 0 had "
                f"size {len(element[0])} but component {index} had size, {len(component)}."
            )
    return zip(*element, strict=True)


class Elements(Dataset):
    """Elements that are there."""

    def __init__(self, elements: Sequence[Element], types: Sequence[DType]) -> None:
        super().__init__(types)
        self._elements = elements

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        return iter(self._elements)

    def count(self) -> int:
        return len(self._elements)


class Window(Derived):
    """Datasets of successive elements, one for each component."""

    def __init__(self, source: Dataset, size: int, shift: int, stride: int, drops: bool) -> None:
        super().__init__(source, [variant] * len(source.types))
        for name, value in (("Window size", size), ("Window shift", shift)):
            if value <= 0:
                raise InvalidArgumentError.of(f"{name} must be greater than zero.")
        if stride <= 0:
            raise InvalidArgumentError.of("Window stride must be greater than zero.")
        self._size, self._shift, self._stride, self._drops = size, shift, stride, drops

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        elements = self.source.begin(context)
        ahead: list[Element] = []
        reach = (self._size - 1) * self._stride + 1
        types = self.source.types

        def advance() -> Element:
            missing = reach - len(ahead)
            if missing > 0:
                ahead.extend(itertools.islice(elements, missing))
            elif missing < 0:
                del ahead[reach:]
            if not ahead or (self._drops and len(ahead) < reach):
                raise StopIteration
            window = ahead[:: self._stride]
            del ahead[: self._shift]
            if self._shift > reach:
                deque(itertools.islice(elements, self._shift - reach), 0)
            return tuple(
                variant_of(Elements([(element[i],) for element in window], [types[i]]))
                for i in range(len(types))
            )

        return stage(advance)


class Windows(Derived):
    """Groups of elements of one key, of each of which a function makes a dataset."""

    def __init__(
        self,
        source: Dataset,
        key: Function,
        reduce: Function,
        window_size: Function,
        types: Sequence[DType],
    ) -> None:
        super().__init__(source, types)
        self._functions = key, reduce, window_size

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        key_of, reduced, size_of = (f.begin(context) for f in self._functions)
        elements, source_types = self.source.begin(context), self.source.types
        groups: dict[int, list[Element]] = {}
        sizes: dict[int, int] = {}

        def dataset_of(key: int) -> Iterator[Element]:
            group = variant_of(Elements(groups.pop(key), source_types))
            (handle,) = reduced((np.int64(key), group))
            return dataset_behind(handle).begin(context)

        def advance() -> Iterator[Element]:
            for element in elements:
                (found,) = key_of(element)
                key = int(found)
                if key not in groups:
                    groups[key] = []
                    sizes[key] = int(size_of((np.int64(key),))[0])
                    if sizes[key] <= 0:
                        raise InvalidArgumentError.of(
                            f"Window size must be greater than zero, but got {sizes[key]}."
                        )
                groups[key].append(element)
                if len(groups[key]) == sizes[key]:
                    return dataset_of(key)
            if not groups:
                raise StopIteration
            return dataset_of(min(groups))

        return _flattened(stage(advance))


class Reductions(Derived):
    """One element for each key, of all its elements."""

    def __init__(
        self,
        source: Dataset,
        functions: Sequence[Function],
        types: Sequence[DType],
    ) -> None:
        super().__init__(source, types)
        self._functions = functions

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        key_of, initial, reduced, finished = (f.begin(context) for f in self._functions)
        states: dict[int, Element] = {}
        done: Iterator[Element] | None = None

        def advance() -> Element:
            nonlocal done
            if done is None:
                for element in self.source.begin(context):
                    key = int(key_of(element)[0])
                    state = states[key] if key in states else initial((np.int64(key),))
                    states[key] = reduced((*state, *element))
                done = map(finished, [states[key] for key in sorted(states)])
            return next(done)

        return stage(advance)


# ---- Batches ----


class Batch(Derived):
    """Several elements as one.

    Args:
      source: the dataset.
      size: elements in a batch.
      drops: whether a last batch with fewer is left out.
      types: of the result.
    """

    def __init__(self, source: Dataset, size: int, drops: bool, types: Sequence[DType]) -> None:
        super().__init__(source, types)
        if size <= 0:
            raise InvalidArgumentError.of("Batch size must be greater than zero.")
        self._size = size
        self._drops = drops

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        size = self._size
        take = self.source.begin_rows(context) or rows_of_elements(self.source.begin(context))

        def advance() -> Element:
            found = take(size)
            count = row_count(found)
            if not count or (self._drops and count < size):
                raise StopIteration
            return self._joined(found) if isinstance(found, list) else found

        return stage(advance)

    def _joined(self, rows: Sequence[Element]) -> Element:
        columns = zip(*rows, strict=True)
        return tuple(
            stacked(column, kind, functools.partial(self._misfit, index))
            for index, (column, kind) in enumerate(zip(columns, self.types, strict=True))
        )

    def _misfit(self, index: int, shape: Any, number: int, other: Any) -> str:
        """What is said of an element that has another shape than the first one."""
        return (
            f"Cannot batch tensors with different shapes in component {index}. First element "
            f"had shape {format_dims(shape)} and element {number} had shape {format_dims(other)}."
        )

    def count(self) -> int:
        found = self.source.count()
        if found < 0:
            return found
        return found // self._size if self._drops else -(-found // self._size)


class MappedBatch(Batch):
    """A batch of what a function gives: another text where shapes differ."""

    def _misfit(self, index: int, shape: Any, number: int, other: Any) -> str:
        return (
            "Cannot add tensor to the batch: number of elements does not match. Shapes are: "
            f"[tensor]: {format_dims(other)}, [batch]: {format_dims(shape)}"
        )


class PaddedBatch(Batch):
    """Several elements as one, filled up to one shape.

    Args:
      source: the dataset.
      size: elements in a batch.
      shapes: for each component, the sizes to pad to; -1: that of the largest element.
      padding: what to fill with, for each component.
      drops: whether a last batch with fewer is left out.
      types: of the result.
    """

    def __init__(
        self,
        source: Dataset,
        size: int,
        shapes: Sequence[Any],
        padding: Sequence[Any],
        drops: bool,
        types: Sequence[DType],
    ) -> None:
        super().__init__(source, size, drops, types)
        self._shapes = [tuple(int(n) for n in shape) for shape in shapes]
        self._padding = padding

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        elements = self.source.begin(context)

        def advance() -> Element:
            rows = list(itertools.islice(elements, self._size))
            if not rows or (self._drops and len(rows) < self._size):
                raise StopIteration
            return tuple(
                self._padded(column, index) for index, column in enumerate(zip(*rows, strict=True))
            )

        return stage(advance)

    def _padded(self, values: Sequence[Any], index: int) -> Any:
        wanted, padding = self._shapes[index], self._padding[index]
        for value in values:
            if np.ndim(value) != len(wanted):
                raise InvalidArgumentError.of(
                    "All elements in a batch must have the same rank as the padded shape for "
                    f"component{index}: expected rank {len(wanted)} but got element with rank "
                    f"{np.ndim(value)}"
                )
        largest = [max(sizes) for sizes in zip(*map(np.shape, values), strict=True)]
        sizes = [most if n < 0 else n for n, most in zip(wanted, largest, strict=True)]
        if any(most > n for n, most in zip(sizes, largest, strict=True)):
            raise DataLossError.of("Attempted to pad to a smaller size than the input element.")
        kind = self.types[index]
        result = np.empty((len(values), *sizes), object if kind is string else kind.numpy)
        result[...] = padding if kind is not string else behind_scalar(padding)
        for number, value in enumerate(values):
            place: Any = (number, *[slice(n) for n in np.shape(value)])
            result[place] = value
        return result


class DenseToSparse(Batch):
    """Several elements of one rank as one sparse tensor, serialised."""

    def __init__(
        self, source: Dataset, size: int, row_shape: Sequence[int], types: Sequence[DType]
    ) -> None:
        super().__init__(source, size, False, types)
        self._row_shape = tuple(int(n) for n in row_shape)

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        elements = self.source.begin(context)

        def advance() -> Element:
            rows = [np.asarray(e[0]) for e in itertools.islice(elements, self._size)]
            if not rows:
                raise StopIteration
            return (self._sparse(rows),)

        return stage(advance)

    def _sparse(self, rows: Sequence[Any]) -> Any:
        for row in rows:
            if row.ndim != len(self._row_shape):
                raise InvalidArgumentError.of(
                    f"Input element had shape ({format_dims(row.shape)}) that is incompatible with "
                    f"the row shape ({format_dims(self._row_shape)})."
                )
        sizes = [
            max(n, max(row.shape[axis] for row in rows)) if n < 0 else n
            for axis, n in enumerate(self._row_shape)
        ]
        for row in rows:
            if any(n > most for n, most in zip(row.shape, sizes, strict=True)):
                raise InvalidArgumentError.of(
                    f"Input element had shape ({format_dims(row.shape)}) that is incompatible with "
                    f"the row shape ({format_dims(self._row_shape)})."
                )
        indices = np.concatenate(
            [
                np.column_stack(
                    [np.full(row.size, number), *np.unravel_index(np.arange(row.size), row.shape)]
                )
                for number, row in enumerate(rows)
            ]
        ).astype(np.int64)
        result = np.empty(3, object)
        result[0] = indices
        result[1] = np.concatenate([row.ravel() for row in rows])
        result[2] = np.array([len(rows), *sizes], np.int64)
        return result
