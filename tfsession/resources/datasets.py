"""Datasets as a session runs them, and the iterators over them.

A dataset is what a dataset op makes: it can be gone through any number of times. `begin` starts:
it returns a Python iterator of elements, which are tuples of arrays. Where making an element fails,
the error goes to whoever asked, and the next call gives the next element; so no stage is a
generator, which an error would end.

Stages that only choose among elements (shuffle, repeat, take ...) do so with numbers, too: a batch
of slices of arrays is then taken from the arrays at once. Of elements that a function makes, they
choose among those that it is given: it is then called once for a batch.
"""

from __future__ import annotations

import abc
import copy
import functools
import itertools
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType, string, variant
from tfsession.errors import (
    CancelledError,
    InvalidArgumentError,
)
from tfsession.resources import functions
from tfsession.resources.containers import ResourceManager

Element = tuple[Any, ...]
"""One array, NumPy scalar or bytes for each component."""

Words = Callable[[int, int], Callable[[], int]]
"""Makes, of two seeds, what gives random 32-bit integers."""

_NEVER = object()


def stage(advance: Callable[[], Any]) -> Iterator[Any]:
    """The iterator whose elements are what `advance` returns until it raises StopIteration."""
    return iter(advance, _NEVER)


class Function:
    """A function of elements, with the values that it captured.

    Args:
      traced: a GraphFunction.
      captured: the values.
    """

    def __init__(self, traced: Any, captured: Sequence[Any] = ()) -> None:
        self._traced = traced
        self._captured = tuple(captured)

    def begin(self, context: Context) -> Callable[[Element], Element]:
        """The function, whose random numbers begin anew."""
        # One for the whole iteration: what random operations keep, they keep over repetitions.
        call = context.kept(self, lambda: functions.compiled(context.resources, self._traced))
        captured = self._captured
        return lambda element: tuple(call((*element, *captured)))

    def begin_rows(self, context: Context) -> Callable[[Sequence[Any]], Element] | None:
        """The function of many elements, one array with a row for each of them a component.

        None where it has to be called for one after the other.
        """
        call = functions.compiled_rows(context.resources, self._traced)
        if call is None:
            return None
        captured = self._captured
        return lambda columns: tuple(call((*columns, *captured)))


class Context:
    """What belongs to one iteration from an iterator's initialisation to its end.

    Attributes:
      resources: of the session.
      cancelled: why the iteration has ended early; None before.
    """

    def __init__(self, resources: ResourceManager) -> None:
        self.resources = resources
        self.cancelled: BaseException | None = None
        self._kept: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self._closers: list[Callable[[], None]] = []

    def kept(self, owner: Dataset | Function, make: Callable[[], Any]) -> Any:
        """What a dataset or function keeps from one time through a dataset to the next."""
        found = self._kept.get(owner)
        if found is None:
            found = self._kept[owner] = make()
        return found

    def on_close(self, closer: Callable[[], None]) -> None:
        """Registers what ends the threads of a stage."""
        self._closers.append(closer)

    def close(self) -> None:
        """Ends the threads."""
        self.cancelled = CancelledError.of("The iterator was closed.")
        while self._closers:
            self._closers.pop()()


# ---- Datasets ----


class Dataset(abc.ABC):
    """What can be gone through.

    Attributes:
      types: the DType of each component.
      slices: where every element is a slice of the same arrays, these; else None.
      mapped: where every element is what a function makes of one of another dataset, these two;
        else None.
    """

    slices: Sequence[Any] | None = None
    mapped: tuple[Dataset, Function] | None = None

    def __init__(self, types: Sequence[DType]) -> None:
        self.types = types

    @abc.abstractmethod
    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        """Starts going through the elements.

        Args:
          context: of the iteration.
          as_numbers: whether to give the numbers of slices; only where there are `slices`.
        """

    def count(self) -> int:
        """How many elements there are: INFINITE, UNKNOWN, or the number."""
        return UNKNOWN

    def begin_rows(self, context: Context) -> Rows | None:
        """Starts going through the elements, many at a time; None: not faster than one by one."""
        if self.slices is not None:
            return _rows_of_slices(self.begin(context, True), self.slices)
        call = None if self.mapped is None else self.mapped[1].begin_rows(context)
        if call is None or self.mapped is None:
            return None
        source, function = self.mapped
        taken = source.begin_rows(context) or rows_of_elements(source.begin(context))
        return _MappedRows(taken, call, function.begin(context), source.types).take


INFINITE, UNKNOWN = -1, -2

Rows = Callable[[int], Any]
"""Takes the next elements, at most so many: gives a tuple of arrays that have a row for each, or,
where these cannot be made at once, a list of elements. Empty lists and arrays come at the end."""


def _rows_of_slices(numbers: Iterator[int], slices: Sequence[Any]) -> Rows:
    def take(size: int) -> Any:
        chosen = list(itertools.islice(numbers, size))
        return tuple([component[chosen] for component in slices])

    return take


def rows_of_elements(elements: Iterator[Element]) -> Rows:
    """Elements that come one by one, many at a time."""
    return lambda size: list(itertools.islice(elements, size))


class _MappedRows:
    """Rows that a function makes of rows, or of elements.

    Where it fails, it is called for one element after the other from there on, so that the error
    comes in the place of its element.
    """

    def __init__(
        self,
        taken: Rows,
        call: Callable[[Sequence[Any]], Element],
        call_of_one: Callable[[Element], Element],
        types: Sequence[DType],
    ) -> None:
        self._taken = taken
        self._call = call
        self._types = types
        # What has been taken and goes through the function one by one.
        self._waiting: deque[Element] = deque()
        self._singles = map(call_of_one, stage(self._next))
        self._has_failed = False

    def take(self, size: int) -> Any:
        if not self._has_failed:
            found = self._taken(size)
            if not row_count(found):
                return []
            try:
                return self._call(self._columns(found))
            except Exception:
                self._has_failed = True
                self._waiting.extend(_elements(found))
        return list(itertools.islice(self._singles, size))

    def _columns(self, found: Any) -> Sequence[Any]:
        if isinstance(found, tuple):
            return found
        columns = zip(*found, strict=True)
        return [stacked(c, kind, _misfit) for c, kind in zip(columns, self._types, strict=True)]

    def _next(self) -> Element:
        if not self._waiting:
            self._waiting.extend(_elements(self._taken(1)))
        if not self._waiting:
            raise StopIteration
        return self._waiting.popleft()


def row_count(found: Any) -> int:
    """How many elements `Rows` have given."""
    return len(found[0]) if isinstance(found, tuple) else len(found)


def _elements(found: Any) -> Iterator[Element]:
    return zip(*found, strict=True) if isinstance(found, tuple) else iter(found)


def stacked(values: Sequence[Any], kind: DType, misfit: Callable[[Any, int, Any], str]) -> Any:
    """Arrays of one shape below one another.

    Args:
      values: the arrays.
      kind: their dtype.
      misfit: what to say of another shape than the first, of its number, and of that shape.

    Raises:
      InvalidArgumentError: the shapes differ.
    """
    shape = np.shape(values[0])
    for number, value in enumerate(values):
        if np.shape(value) != shape:
            raise InvalidArgumentError.of(misfit(shape, number, np.shape(value)))
    if kind is not string and kind is not variant:
        return np.array(values, kind.numpy)
    result = np.empty((len(values), *shape), object)
    if not shape:
        result[:] = [behind_scalar(value) for value in values]
        return result
    for number, value in enumerate(values):
        result[number] = value
    return result


def _misfit(shape: Any, number: int, other: Any) -> str:
    return f"Element {number} has shape {other}, the first one {shape}."


class Derived(Dataset):
    """A dataset of the elements of another one."""

    def __init__(self, source: Dataset, types: Sequence[DType]) -> None:
        super().__init__(types)
        self.source = source


class Selection(Derived):
    """A dataset that gives elements of another one as they are."""

    def __init__(self, source: Dataset) -> None:
        super().__init__(source, source.types)
        self.slices = source.slices


class Choice(Selection):
    """A dataset that chooses among the elements of another one, whatever they are."""

    @functools.cached_property
    def mapped(self) -> tuple[Dataset, Function] | None:  # type: ignore[override]
        """The same choice among the elements that a function is given, and that function."""
        if self.source.mapped is None:
            return None
        source, function = self.source.mapped
        chosen = copy.copy(self)
        chosen.__dict__.pop("mapped", None)
        chosen.source, chosen.types, chosen.slices = source, source.types, source.slices
        return chosen, function


# -- Sources --


class Tensors(Dataset):
    """One element."""

    def __init__(self, components: Element, types: Sequence[DType]) -> None:
        super().__init__(types)
        self._components = components

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        return iter([self._components])

    def count(self) -> int:
        return 1


class Slices(Dataset):
    """The slices of arrays along their first dimension."""

    def __init__(self, components: Sequence[Any], types: Sequence[DType]) -> None:
        super().__init__(types)
        sizes = [len(array) for array in components]
        for index, size in enumerate(sizes):
            if size != sizes[0]:
                raise InvalidArgumentError.of(
                    f"Components must have the same size along dimension 0: component 0 has "
                    f"{sizes[0]} elements and component {index} has {size}."
                )
        self.slices = components

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        assert self.slices is not None
        return iter(range(len(self.slices[0]))) if as_numbers else zip(*self.slices, strict=True)

    def count(self) -> int:
        assert self.slices is not None
        return len(self.slices[0])


class Made(Dataset):
    """Elements that a function of no argument iterates over."""

    def __init__(
        self,
        begin: Callable[[], Iterator[Element]],
        types: Sequence[DType],
        count: int = UNKNOWN,
    ) -> None:
        super().__init__(types)
        self._begin = begin
        self._count = count

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        return self._begin()

    def count(self) -> int:
        return self._count


class Files(Dataset):
    """The records of files, one file after another.

    Args:
      names: the files.
      opened: opens a file and returns its records; where that fails, it is tried again.
      types: of the result.
    """

    def __init__(
        self,
        names: Sequence[bytes],
        opened: Callable[[bytes], Iterator[Element]],
        types: Sequence[DType],
    ) -> None:
        super().__init__(types)
        self._names = names
        self._opened = opened

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        names = iter(self._names)
        waiting = next(names, None)
        current: Iterator[Element] = iter(())

        def advance() -> Element:
            nonlocal waiting, current
            while True:
                try:
                    return next(current)
                except StopIteration:
                    if waiting is None:
                        raise
                current = self._opened(waiting)
                waiting = next(names, None)

        return stage(advance)


# -- Choosing elements --


class Repeat(Choice):
    """The elements again and again; `times` is negative for ever."""

    def __init__(self, source: Dataset, times: int) -> None:
        super().__init__(source)
        self._times = times

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        source = self.source
        if isinstance(source, Shuffle) and source.reshuffles:
            # TensorFlow makes one of the two, and draws other numbers for it.
            return source.repeated(self._times).begin(context, as_numbers)
        left = self._times
        current: Iterator[Any] | None = None
        has_given = True

        def advance() -> Any:
            nonlocal left, current, has_given
            while True:
                if current is None:
                    # An empty dataset has no end when it is repeated for ever.
                    if left == 0 or not has_given:
                        raise StopIteration
                    left -= 1
                    current, has_given = source.begin(context, as_numbers), False
                try:
                    element = next(current)
                except StopIteration:
                    current = None
                    continue
                has_given = True
                return element

        return stage(advance)

    def count(self) -> int:
        one = self.source.count()
        if self._times < 0:
            return 0 if one == 0 else INFINITE
        return one if one < 0 and self._times else one * self._times


class Take(Choice):
    """The first elements; all where `size` is negative."""

    def __init__(self, source: Dataset, size: int) -> None:
        super().__init__(source)
        self._size = size

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        elements = self.source.begin(context, as_numbers)
        return elements if self._size < 0 else itertools.islice(elements, self._size)

    def count(self) -> int:
        found = self.source.count()
        if self._size < 0 or found == UNKNOWN:
            return found
        return self._size if found == INFINITE else min(found, self._size)


class Skip(Choice):
    """All but the first elements; none where `size` is negative."""

    def __init__(self, source: Dataset, size: int) -> None:
        super().__init__(source)
        self._size = size

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        if self._size < 0:
            return iter(())
        return itertools.islice(self.source.begin(context, as_numbers), self._size, None)

    def count(self) -> int:
        found = self.source.count()
        if self._size < 0:
            return 0
        return found if found < 0 else max(found - self._size, 0)


class Shard(Choice):
    """Every `number`-th element, from the `index`-th on."""

    def __init__(self, source: Dataset, number: int, index: int) -> None:
        super().__init__(source)
        self._number = number
        self._index = index

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        elements = self.source.begin(context, as_numbers)
        return itertools.islice(elements, self._index, None, self._number)

    def count(self) -> int:
        found = self.source.count()
        return found if found < 0 else len(range(self._index, found, self._number))


class Concatenation(Dataset):
    """The elements of one dataset and then those of another one."""

    def __init__(self, first: Dataset, second: Dataset) -> None:
        super().__init__(first.types)
        self._parts = first, second

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        return itertools.chain.from_iterable(part.begin(context) for part in self._parts)

    def count(self) -> int:
        counts = [part.count() for part in self._parts]
        if INFINITE in counts:
            return INFINITE
        return UNKNOWN if UNKNOWN in counts else sum(counts)


class Shuffle(Choice):
    """The elements in another order: each is one of the next `size`, by chance.

    Args:
      source: the dataset.
      size: how many elements wait.
      seeds: the two seeds; both 0 for numbers that nobody can repeat.
      words: makes random numbers of two seeds.
      reshuffles: whether the order is another one each time that the dataset is gone through.
      times: how often; each time is finished before the next one begins.
    """

    def __init__(
        self,
        source: Dataset,
        size: int,
        seeds: tuple[int, int],
        words: Words,
        reshuffles: bool = True,
        times: int | None = None,
    ) -> None:
        super().__init__(source)
        if size <= 0:
            raise InvalidArgumentError.of("buffer_size must be greater than zero.")
        self.reshuffles = reshuffles
        self._size = size
        self._seeds = seeds
        self._words = words
        self._times = times

    def repeated(self, times: int) -> Shuffle:
        """This and a repetition in one."""
        found = Shuffle(self.source, self._size, self._seeds, self._words, True, times)
        return found

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        if self._times is not None or not self.reshuffles:
            word = self._words(*self._seeds)
        else:
            draw: Callable[[], int] = context.kept(self, lambda: self._words(*self._seeds))
            word = self._words(draw(), draw())
        times = 1 if self._times is None else self._times
        return stage(_Shuffling(self.source, context, as_numbers, self._size, word, times).next)

    def count(self) -> int:
        if self._times is None:
            return self.source.count()
        return Repeat(self.source, self._times).count()


class _Shuffling:
    """One time through a Shuffle.

    The buffer is a ring; every epoch has its own part of it, and elements come from the oldest.
    """

    def __init__(
        self,
        source: Dataset,
        context: Context,
        as_numbers: bool,
        size: int,
        word: Callable[[], int],
        times: int,
    ) -> None:
        self._begin: Callable[[], Iterator[Any]] = lambda: source.begin(context, as_numbers)
        self._size = size
        self._word = word
        # How many more times the source is begun; negative: for ever.
        self._left = times
        self._ring: list[Any] = []
        # Start and end of each epoch's part, of which the last is still filled.
        self._parts: deque[list[int]] = deque([[0, 0]])
        self._count = 0
        self._elements: Iterator[Any] | None = None
        # Whether the epoch that is being read has given anything.
        self._has_given = True

    def next(self) -> Any:
        self._fill()
        while len(self._parts) > 1 and self._parts[0][0] == self._parts[0][1]:
            self._parts.popleft()
        part = self._parts[0]
        start, end = part
        if start == end:
            raise StopIteration
        size, ring = self._size, self._ring
        index = (start + self._word() % (end - start)) % size
        found = ring[index]
        ring[index] = ring[start % size]
        ring[start % size] = None
        part[0] = start + 1
        self._count -= 1
        return found

    def _fill(self) -> None:
        ring, size = self._ring, self._size
        while self._count < size:
            if self._elements is None:
                if self._left == 0 or not self._has_given:
                    return
                self._left -= 1
                self._elements, self._has_given = self._begin(), False
                end = self._parts[-1][1]
                self._parts.append([end, end])
            try:
                element = next(self._elements)
            except StopIteration:
                self._elements = None
                continue
            self._has_given = True
            part = self._parts[-1]
            position = part[1] % size
            if position < len(ring):
                ring[position] = element
            else:
                ring.append(element)
            part[1] += 1
            self._count += 1


class Cache(Selection):
    """The elements, made once for each iterator."""

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        kept = context.kept(self, list)
        if kept:
            return iter(kept[0] if as_numbers == kept[1] else list(self.source.begin(context)))
        elements = self.source.begin(context, as_numbers)
        found: list[Any] = []

        def advance() -> Any:
            try:
                element = next(elements)
            except StopIteration:
                if not kept:
                    kept.extend([found, as_numbers])
                raise
            found.append(element)
            return element

        return stage(advance)

    def count(self) -> int:
        return self.source.count()


class Filter(Selection):
    """The elements of which a function holds; `ends` where the first of which not is the end."""

    def __init__(self, source: Dataset, predicate: Function, ends: bool = False) -> None:
        super().__init__(source)
        self.slices = None
        self._predicate = predicate
        self._ends = ends

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        call = self._predicate.begin(context)

        def holds(element: Element) -> bool:
            (found,) = call(element)
            if np.ndim(found):
                raise InvalidArgumentError.of("predicate must return a scalar bool tensor.")
            return bool(found)

        elements = self.source.begin(context)
        return itertools.takewhile(holds, elements) if self._ends else filter(holds, elements)


class Unique(Selection):
    """The elements that have not been there before."""

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        seen: set[Any] = set()
        slices = self.slices

        def is_new(element: Any) -> bool:
            key = slices[0][element] if as_numbers and slices is not None else element[0]
            key = key.item() if isinstance(key, (np.ndarray, np.generic)) else key
            if key in seen:
                return False
            seen.add(key)
            return True

        return filter(is_new, self.source.begin(context, as_numbers))


class IgnoreErrors(Selection):
    """The elements that can be made."""

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        elements = self.source.begin(context, as_numbers)

        def advance() -> Any:
            while True:
                try:
                    return next(elements)
                except StopIteration:
                    raise
                except Exception:
                    if context.cancelled is not None:
                        raise

        return stage(advance)


# ---- Handles ----


def behind_scalar(value: Any) -> Any:
    """The element of a scalar array; anything else is one."""
    return value[()] if isinstance(value, np.ndarray) else value


def variant_of(dataset: Dataset) -> Any:
    """The handle by which a dataset travels through a step."""
    handle = np.empty((), object)
    handle[()] = dataset
    return handle


def dataset_behind(handle: Any) -> Dataset:
    """The dataset of a handle."""
    found: Dataset = behind_scalar(handle)
    return found
