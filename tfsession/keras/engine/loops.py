"""The loops of `fit`, `evaluate` and `predict`: over arrays, and over what gives batches."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import logging
from tfsession.data.dataset import Dataset
from tfsession.data.iterator import Iterator as DataIterator
from tfsession.errors import OutOfRangeError
from tfsession.graph.operation import Tensor
from tfsession.keras.callbacks.configured import configured
from tfsession.keras.engine import data
from tfsession.keras.utils.sequences import Sequence
from tfsession.layers.sessions import get_session

__all__ = [
    "ArraySource",
    "Source",
    "Training",
    "batch_size_of",
    "evaluate",
    "fit_arrays",
    "fit_batches",
    "gives_batches",
    "predict",
    "validation_source",
]

Batch = tuple[list[Any], list[Any], list[Any]]


@dataclass(frozen=True)
class Training:
    """How a model is trained; the fields are arguments of `Model.fit`."""

    epochs: int
    initial_epoch: int
    verbose: int
    callbacks: Any
    validation_freq: Any
    shuffle: Any

    def validates(self, epoch: int) -> bool:
        """Whether the model is validated after an epoch, counted from 0."""
        if isinstance(self.validation_freq, int):
            if self.validation_freq < 1:
                raise ValueError("`validation_freq` can not be less than 1.")
            return (epoch + 1) % self.validation_freq == 0
        return epoch + 1 in self.validation_freq


def gives_batches(x: Any) -> bool:
    """Whether something gives batches: a generator, a Sequence, a data set, an iterator."""
    if isinstance(x, (Sequence, Dataset, DataIterator)):
        return True
    if isinstance(x, (list, tuple, dict, np.ndarray, Tensor)) or hasattr(x, "shape"):
        return isinstance(x, (list, tuple)) and any(isinstance(t, Tensor) for t in x)
    return hasattr(x, "__next__") or hasattr(x, "next")


def batch_size_of(model: Any, given: int | None) -> int:
    """The number of samples of a batch: the model's where it has one, else 32.

    Raises:
      ValueError: it is another one than the model's.
    """
    shapes = getattr(model, "feed_input_shapes", None) or [None]
    fixed = shapes[0][0] if shapes[0] else None
    if fixed is not None and given is not None and given != fixed:
        raise ValueError(
            f"The `batch_size` argument value {given} is incompatible with the specified batch "
            f"size of your Input Layer: {fixed}"
        )
    return given or fixed or 32


# ---- Sources of batches ----


class ArraySource:
    """Batches of arrays, in their order.

    Args:
      model: the model.
      batch: all samples: inputs, targets and weights.
      size: samples per batch.
    """

    unit = "sample"

    def __init__(self, model: Any, batch: Batch, size: int) -> None:
        self.model = model
        self.batch = batch
        self.size = size
        self.samples = data.samples(batch[0]) or 0

    @property
    def target(self) -> int:
        """The number of samples."""
        return self.samples

    def batches(self) -> Iterator[tuple[Batch, int]]:
        """Each batch with its number of samples."""
        for start, end in data.batches(self.samples, self.size):
            yield self.rows(np.arange(start, end)), end - start

    def rows(self, indices: Any) -> Batch:
        """Some samples."""
        inputs, targets, weights = (data.rows(part, indices) for part in self.batch)
        return inputs, targets, weights


class Source:
    """Batches of a generator, a Sequence, a data set or an iterator.

    Args:
      model: the model.
      x: what gives them.
      steps: how many; all that a Sequence or a data set has, when None.
      class_weight: class -> weight.
      y: nothing.
      is_prediction: whether only the inputs count.
      shuffle: whether a Sequence is shuffled.

    Raises:
      ValueError: a generator has no number of steps, or there are targets, too.
    """

    unit = "step"

    def __init__(
        self,
        model: Any,
        x: Any,
        steps: int | None = None,
        class_weight: Any = None,
        y: Any = None,
        is_prediction: bool = False,
        shuffle: Any = False,
    ) -> None:
        if y is not None:
            kind = "generators" if not isinstance(x, (Sequence, Dataset)) else type(x).__name__
            raise ValueError(f"You passed an input of {kind}: `y` argument is not supported.")
        self.model = model
        self.x = x
        self.class_weight = class_weight
        self.is_prediction = is_prediction
        self.shuffle = shuffle is True
        self.steps = len(x) if steps is None and isinstance(x, Sequence) else steps
        if self.steps is None and not isinstance(x, (Dataset, DataIterator)):
            raise ValueError(
                "Please specify the number of steps (`steps_per_epoch` or `steps`) when using a "
                "generator as input."
            )
        self._next: Any = None

    @property
    def target(self) -> int | None:
        """The number of batches; None where it is not known."""
        return self.steps

    def batches(self) -> Iterator[tuple[Batch, int]]:
        """Each batch with its number of samples."""
        number = 0
        for item in self._items():
            if self.steps is not None and number >= self.steps:
                break
            batch = self._batch(item)
            yield batch, data.samples(batch[0]) or 1
            number += 1
            if self.steps is not None and number >= self.steps:
                break
        if self.steps is not None and number < self.steps:
            logging.warning(
                "Your dataset ran out of data; interrupting training. Make sure that your dataset "
                "can generate at least `steps_per_epoch * epochs` batches (in this case, %d "
                "batches). You may need to use the repeat() function when building your dataset.",
                self.steps,
            )

    def _items(self) -> Iterator[Any]:
        if isinstance(self.x, Sequence):
            order = list(range(len(self.x)))
            if self.shuffle:
                random.shuffle(order)
            while True:
                for index in order:
                    yield self.x[index]
                self.x.on_epoch_end()
                if self.steps is None or self.steps <= len(order):
                    return
        if isinstance(self.x, (Dataset, DataIterator, tuple, list)):
            yield from self._evaluated()
            return
        # Not `yield from`: that would end a generator which goes on in the next epoch.
        while True:
            try:
                item = next(self.x)
            except StopIteration:
                return
            yield item

    def _evaluated(self) -> Iterator[Any]:
        """The elements of a data set, run in the session."""
        initializer = None
        if isinstance(self.x, Dataset):
            if self._next is None:
                iterator = self.x.make_initializable_iterator()
                self._next = iterator.get_next()
                self._initializer = iterator.initializer
            initializer = self._initializer
        elif self._next is None:
            self._next = self.x.get_next() if isinstance(self.x, DataIterator) else self.x
        session = get_session()
        if initializer is not None:
            session.run(initializer)
        while True:
            try:
                yield session.run(self._next)
            except OutOfRangeError:
                return

    def _batch(self, item: Any) -> Batch:
        x, y, weights = _parts(item, self.is_prediction)
        if self.is_prediction:
            return self.model.inputs_of(x), [], []
        batch: Batch = self.model.arrays_of(x, y, weights, self.class_weight)
        return batch


def _parts(item: Any, is_prediction: bool) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of what a generator gives.

    Raises:
      ValueError: it is nothing like that.
    """
    if not isinstance(item, tuple):
        if is_prediction or isinstance(item, (dict, np.ndarray, list)):
            return item, None, None
        raise ValueError(
            "Output of generator should be a tuple `(x, y, sample_weight)` or `(x, y)`. Found: "
            + str(item)
        )
    if len(item) == 1:
        return item[0], None, None
    if len(item) == 2:
        return item[0], item[1], None
    if len(item) == 3:
        return item[0], item[1], item[2]
    raise ValueError(
        "Output of generator should be a tuple `(x, y, sample_weight)` or `(x, y)`. Found: "
        + str(item)
    )


def validation_source(model: Any, given: Any, steps: int | None, batch_size: int | None) -> Any:
    """What a model is validated on; None where nothing was given.

    Raises:
      ValueError: it is neither two nor three arrays nor something that gives batches.
    """
    if given is None:
        return None
    if gives_batches(given):
        return Source(model, given, steps)
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise ValueError(
            "When passing a `validation_data` argument, it must contain either 2 items (x_val, "
            "y_val), or 3 items (x_val, y_val, val_sample_weights), or alternatively it could be a "
            "dataset or a dataset or a dataset iterator. However we received "
            f"`validation_data={given}`"
        )
    x, y, *weights = given
    batch = model.arrays_of(x, y, weights[0] if weights else None)
    return ArraySource(model, batch, batch_size_of(model, batch_size))


# ---- Sums over batches ----


class _Sums:
    """The loss as the mean over samples, or over batches; metrics as they are at the end."""

    def __init__(self, by_samples: bool) -> None:
        self.by_samples = by_samples
        self.loss = 0.0
        self.count = 0
        self.last: list[Any] = []

    def add(self, values: list[Any], samples: int) -> None:
        weight = samples if self.by_samples else 1
        self.loss += float(values[0]) * weight
        self.count += weight
        self.last = list(values[1:])

    def values(self) -> list[Any]:
        return [self.loss / max(1, self.count), *self.last]


# ---- Training ----


def fit_arrays(
    model: Any,
    given: tuple[Any, Any, Any, Any],
    batch_size: int,
    validation_split: float,
    validation: Any,
    plan: Training,
    steps_per_epoch: int | None,
) -> Any:
    """Trains on arrays; returns the History.

    Raises:
      ValueError: there is nothing to train on, or to split.
    """
    x, y, sample_weight, class_weight = given
    batch = model.arrays_of(x, y, sample_weight, class_weight)
    if validation is None and validation_split and 0.0 < validation_split < 1.0:
        count = data.samples(batch[0]) or 0
        at = int(count * (1.0 - validation_split))
        first, last = zip(*(data.split(part, at) for part in batch), strict=True)
        batch = (first[0], first[1], first[2])
        validation = ArraySource(model, (last[0], last[1], last[2]), batch_size)
    source = ArraySource(model, batch, batch_size)
    if steps_per_epoch is not None:
        batch_size = max(1, source.samples // steps_per_epoch)
        source.size = batch_size
    return _fit(model, source, validation, plan)


def fit_batches(model: Any, source: Source, validation: Any, plan: Training) -> Any:
    """Trains on what gives batches; returns the History."""
    return _fit(model, source, validation, plan)


def _fit(model: Any, source: Any, validation: Any, plan: Training) -> Any:
    is_arrays = isinstance(source, ArraySource)
    callbacks = configured(
        plan.callbacks,
        model,
        verbose=plan.verbose,
        epochs=plan.epochs,
        source=source,
        validation=validation,
    )
    _announce(source, validation, plan.verbose)
    model.stop_training = False
    callbacks.on_train_begin()
    for epoch in range(plan.initial_epoch, plan.epochs):
        if model.stop_training:
            break
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        sums = _Sums(is_arrays)
        batches = _shuffled(source, plan.shuffle) if is_arrays else source.batches()
        for number, (batch, samples) in enumerate(batches):
            callbacks.on_batch_begin(number, samples)
            values = model.train_arrays(batch)
            sums.add(values, samples)
            callbacks.on_batch_end(number, samples, _logs(model, values))
            if model.stop_training:
                break
        logs = _logs(model, sums.values())
        if validation is not None and plan.validates(epoch):
            values = evaluate(model, validation, 0, callbacks, within_fit=True)
            logs |= {
                f"val_{name}": value
                for name, value in zip(model.metrics_names, values, strict=True)
            }
        callbacks.on_epoch_end(epoch, logs)
    callbacks.on_train_end()
    return model.history


def _shuffled(source: ArraySource, shuffle: Any) -> Iterator[tuple[Batch, int]]:
    order = np.arange(source.samples)
    if shuffle == "batch":
        order = _shuffled_batches(order, source.size)
    elif shuffle:
        # np.random.seed is enough to repeat what programs of Keras draw.
        np.random.shuffle(order)
    if source.samples <= source.size:
        # The only batch is fed as it is.
        order = np.arange(source.samples)
    for start, end in data.batches(source.samples, source.size):
        yield source.rows(order[start:end]), end - start


def _shuffled_batches(order: Any, size: int) -> Any:
    count = len(order) // size
    last = order[count * size :]
    parts = order[: count * size].reshape((count, size))
    np.random.shuffle(parts)
    return np.append(parts.flatten(), last)


def _announce(source: Any, validation: Any, verbose: int) -> None:
    """Prints on how much is trained, and validated."""
    if not verbose or source.target is None:
        return
    text = f"Train on {source.target} {source.unit}s"
    if validation is not None and validation.target:
        text += f", validate on {validation.target} {validation.unit}s"
    print(text)


def _logs(model: Any, values: list[Any]) -> dict[str, Any]:
    return dict(zip(model.metrics_names, values, strict=True))


# ---- Evaluation and prediction ----


def evaluate(
    model: Any, source: Any, verbose: int, callbacks: Any, within_fit: bool = False
) -> list[Any]:
    """The loss and the metrics over all batches of a source."""
    if not within_fit:
        callbacks = configured(callbacks, model, verbose=verbose, source=source, mode="test")
    model.reset_metrics()
    callbacks.on_test_begin()
    if not within_fit:
        callbacks.on_epoch_begin(0, calls_callbacks=False)
    is_arrays = isinstance(source, ArraySource)
    sums = _Sums(is_arrays)
    # Within training the samples are shuffled here, too: what is drawn later depends on it.
    batches = _shuffled(source, True) if within_fit and is_arrays else source.batches()
    for number, (batch, samples) in enumerate(batches):
        callbacks.on_test_batch_begin(number, samples)
        values = model.test_arrays(batch)
        sums.add(values, samples)
        callbacks.on_test_batch_end(number, samples, _logs(model, values), within_fit)
    if not within_fit:
        callbacks.on_epoch_end(0, _logs(model, sums.values()), calls_callbacks=False)
    callbacks.on_test_end()
    return sums.values()


def predict(model: Any, source: Any, verbose: int, callbacks: Any) -> list[Any]:
    """The outputs over all batches of a source, as arrays."""
    callbacks = configured(callbacks, model, verbose=verbose, source=source, mode="predict")
    callbacks.on_predict_begin()
    callbacks.on_epoch_begin(0, calls_callbacks=False)
    results: list[list[Any]] = []
    for number, (batch, samples) in enumerate(source.batches()):
        callbacks.on_predict_batch_begin(number, samples)
        values = model.predict_arrays(batch[0])
        results = results or [[] for _ in values]
        for parts, value in zip(results, values, strict=True):
            parts.append(value)
        callbacks.on_predict_batch_end(number, samples, {"outputs": values})
    callbacks.on_epoch_end(0, {}, calls_callbacks=False)
    callbacks.on_predict_end()
    return [np.concatenate(parts, axis=0) for parts in results]
