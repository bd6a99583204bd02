"""Connectionist temporal classification; it runs on the CPU, as in TensorFlow.

Source: Graves et al., "Connectionist temporal classification: labelling unsegmented sequence data
  with recurrent neural networks", ICML 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import FailedPreconditionError, InvalidArgumentError, OpError
from tfsession.registry import kernel

Array = Any


def _check_lengths(
    inputs: Array, sequence_length: Array, error: type[OpError] = InvalidArgumentError
) -> None:
    if inputs.ndim != 3:
        raise InvalidArgumentError.of("inputs is not a 3-Tensor")
    if sequence_length.ndim != 1:
        raise InvalidArgumentError.of("sequence_length is not a vector")
    steps, batch, _ = inputs.shape
    if len(sequence_length) != batch:
        # That of decoders has a space more.
        gap = " " if error is InvalidArgumentError else "  "
        raise error.of(
            f"len(sequence_length) != batch_size.  len(sequence_length):{gap}{len(sequence_length)}"
            f" batch_size: {batch}"
        )
    for number, length in enumerate(sequence_length.tolist()):
        if length > steps:
            raise error.of(f"sequence_length({number}) <= {steps}")


# ---- CTCLoss ----


def _rows(indices: Array, values: Array, batch: int) -> list[Array]:
    """The labels of each sequence."""
    places = indices[:, 0]
    if places.size and (places.min() < 0 or places.max() >= batch):
        raise InvalidArgumentError.of("labels_indices has batches beyond the inputs")
    return [values[places == number] for number in range(batch)]


def _labels(row: Array, number: int, classes: int, collapses: bool) -> Array:
    """The labels of a sequence as they are to be found."""
    if not row.size:
        raise InvalidArgumentError.of(f"Labels length is zero in batch {number}")
    if (row < 0).any():
        raise InvalidArgumentError.of(
            f"All labels must be nonnegative integers, batch: {number} labels: "
            + ",".join(map(str, row.tolist()))
        )
    if collapses and row.size:
        row = row[np.r_[True, row[1:] != row[:-1]]]
    blanks = np.flatnonzero(row >= classes - 1)
    if blanks.size and blanks[0] < len(row) - blanks.size:
        raise InvalidArgumentError.of(
            "Saw a non-null label (index >= num_classes - 1) following a null label, batch: "
            f"{number} num_classes: {classes} labels: {','.join(map(str, row.tolist()))} "
            f"labels seen so far: {','.join(map(str, row[: blanks[0]].tolist()))}"
        )
    return row[: blanks[0]] if blanks.size else row


def _log_sums(path: Array, log_y: Array, merges: bool, blank: int) -> Array:
    """[steps, path]; log-probabilities of all ways to be at a place of the path at a step."""
    is_blank = path == blank
    stays = is_blank | merges
    jumps = ~is_blank
    jumps[:2] = False
    if merges:
        jumps[2:] &= path[2:] != path[:-2]
    alpha = np.full((len(log_y), len(path)), -np.inf)
    alpha[0, :2] = log_y[0, path[:2]]
    for step in range(1, len(log_y)):
        before = alpha[step - 1]
        found = np.where(stays, before, -np.inf)
        found[1:] = np.logaddexp(found[1:], before[:-1])
        jumped = np.full(len(path), -np.inf)
        jumped[2:] = before[:-2]
        found = np.where(jumps, np.logaddexp(found, jumped), found)
        alpha[step] = found + log_y[step, path]
    return alpha


def _loss(labels: Array, logits: Array, merges: bool) -> tuple[float, Array]:
    """The loss of a sequence and its gradient [steps, classes]."""
    classes = logits.shape[1]
    blank = classes - 1
    path = np.full(2 * len(labels) + 1, blank)
    path[1::2] = labels
    highest = logits.max(axis=1, keepdims=True)
    log_y = logits - highest
    log_y = log_y - np.log(np.exp(log_y).sum(axis=1, keepdims=True))
    alpha = _log_sums(path, log_y, merges, blank)
    # Backwards it is the same: what is counted there begins at the step itself.
    beta = _log_sums(path[::-1], log_y[::-1], merges, blank)[::-1, ::-1]
    total = np.logaddexp.reduce(alpha[-1, -2:])
    y = np.exp(log_y)
    if total == -np.inf:
        return np.inf, y
    shares = np.exp(alpha + beta - log_y[:, path] - total)
    wanted = np.zeros_like(y)
    for place, label in enumerate(path):
        wanted[:, label] += shares[:, place]
    return -total, y - wanted


@kernel("CTCLoss", device="CPU")
def ctc_loss(
    xp: Any,
    inputs: Array,
    labels_indices: Array,
    labels_values: Array,
    sequence_length: Array,
    preprocess_collapse_repeated: bool,
    ctc_merge_repeated: bool,
    ignore_longer_outputs_than_inputs: bool,
) -> tuple[Array, Array]:
    """Losses and gradients, sequence by sequence."""
    _check_lengths(inputs, sequence_length)
    _, batch, classes = inputs.shape
    losses, gradients = np.zeros(batch, inputs.dtype), np.zeros_like(inputs)
    rows = _rows(labels_indices, labels_values, batch)
    for number, (row, length) in enumerate(zip(rows, sequence_length.tolist(), strict=True)):
        labels = _labels(row, number, classes, preprocess_collapse_repeated)
        repeated = int((labels[1:] == labels[:-1]).sum()) if ctc_merge_repeated else 0
        if len(labels) + repeated > length:
            if ignore_longer_outputs_than_inputs:
                continue
            raise InvalidArgumentError.of(
                "Not enough time for target transition sequence (required: "
                f"{len(labels) + repeated}, available: {length}){number}You can turn this error "
                "into a warning by using the flag ignore_longer_outputs_than_inputs"
            )
        logits = inputs[:length, number].astype(np.float64)
        losses[number], gradients[:length, number] = _loss(labels, logits, ctc_merge_repeated)
    return losses, gradients


# ---- CTCGreedyDecoder ----


@kernel("CTCGreedyDecoder", device="CPU")
def ctc_greedy_decoder(
    xp: Any, inputs: Array, sequence_length: Array, merge_repeated: bool
) -> tuple[Array, Array, Array, Array]:
    """The best class of each step, without blanks."""
    _check_lengths(inputs, sequence_length, FailedPreconditionError)
    _, batch, classes = inputs.shape
    scores = np.zeros((batch, 1), inputs.dtype)
    rows = []
    for number, length in enumerate(sequence_length.tolist()):
        logits = inputs[:length, number]
        best = logits.argmax(axis=1) if length else np.zeros(0, np.int64)
        scores[number] = -logits.max(axis=1).sum() if length else 0
        is_label = best != classes - 1
        if merge_repeated and length:
            is_label &= np.r_[True, best[1:] != best[:-1]]
        rows.append(best[is_label])
    return (*_sparse_rows(rows), scores)


# ---- CTCBeamSearchDecoder ----


class _Beam:
    """The most probable prefixes of one sequence.

    Attributes:
      prefixes: the labels of each.
      blank: log-probabilities of the ways to have read a prefix that end in a blank.
      label: of those that end in its last label.
    """

    def __init__(self, width: int, classes: int) -> None:
        self.width, self.classes = width, classes
        self.prefixes: list[tuple[int, ...]] = [()]
        self.blank, self.label = np.zeros(1), np.full(1, -np.inf)

    @property
    def total(self) -> Array:
        """Log-probabilities of the prefixes."""
        return np.logaddexp(self.blank, self.label)

    def step(self, log_y: Array) -> None:
        """Reads the log-probabilities of the classes at one more step."""
        total, count = self.total, len(self.prefixes)
        last = np.array([prefix[-1] if prefix else -1 for prefix in self.prefixes])
        # A label longer: where it is the last one again, there was a blank between.
        longer = np.where(
            last[:, None] == np.arange(self.classes - 1), self.blank[:, None], total[:, None]
        )
        longer = longer + log_y[None, :-1]
        blank = total + log_y[-1]
        label = np.where(last >= 0, self.label + log_y[last], -np.inf)
        places = {prefix: place for place, prefix in enumerate(self.prefixes)}
        for place, prefix in enumerate(self.prefixes):
            parent = places.get(prefix[:-1]) if prefix else None
            if parent is not None:
                label[place] = np.logaddexp(label[place], longer[parent, prefix[-1]])
                longer[parent, prefix[-1]] = -np.inf
        scores = np.concatenate([np.logaddexp(blank, label), longer.reshape(-1)])
        best = np.argsort(-scores, kind="stable")[: self.width]
        best = best[scores[best] > -np.inf]
        prefixes, blanks, labels = [], [], []
        for number in best.tolist():
            if number < count:
                prefixes.append(self.prefixes[number])
                blanks.append(blank[number])
                labels.append(label[number])
                continue
            parent, new = divmod(number - count, self.classes - 1)
            prefixes.append((*self.prefixes[parent], new))
            blanks.append(-np.inf)
            labels.append(scores[number])
        self.prefixes, self.blank, self.label = prefixes, np.array(blanks), np.array(labels)

    def best(self, count: int) -> list[tuple[tuple[int, ...], float]]:
        """The most probable prefixes and their log-probabilities."""
        total = self.total
        if len(total) < count:
            raise InvalidArgumentError.of("Less leaves in the beam search than requested.")
        order = np.argsort(-total, kind="stable")[:count]
        return [(self.prefixes[place], float(total[place])) for place in order.tolist()]


def _merged(labels: tuple[int, ...]) -> list[int]:
    return [label for place, label in enumerate(labels) if not place or label != labels[place - 1]]


@kernel("CTCBeamSearchDecoder", device="CPU")
def ctc_beam_search_decoder(
    xp: Any,
    inputs: Array,
    sequence_length: Array,
    beam_width: int,
    top_paths: int,
    merge_repeated: bool,
) -> tuple[Any, ...]:
    """Prefixes and their two probabilities, step by step and sequence by sequence."""
    _check_lengths(inputs, sequence_length, FailedPreconditionError)
    if top_paths > beam_width:
        raise InvalidArgumentError.of("requested more paths than the beam width.")
    _, batch, classes = inputs.shape
    paths: list[list[Any]] = [[] for _ in range(top_paths)]
    scores = np.zeros((batch, top_paths), inputs.dtype)
    for number, length in enumerate(sequence_length.tolist()):
        beam = _Beam(beam_width, classes)
        for logits in inputs[:length, number].astype(np.float64):
            log_y = logits - logits.max()
            beam.step(log_y - np.log(np.exp(log_y).sum()))
        for place, (labels, score) in enumerate(beam.best(top_paths)):
            paths[place].append(_merged(labels) if merge_repeated else list(labels))
            scores[number, place] = score
    parts = [_sparse_rows(rows) for rows in paths]
    return (*(array for kind in zip(*parts, strict=True) for array in kind), scores)


def _sparse_rows(rows: list[Any]) -> tuple[Array, Array, Array]:
    """Indices, values and shape of rows of different lengths."""
    indices = [(number, place) for number, row in enumerate(rows) for place in range(len(row))]
    values = [value for row in rows for value in row]
    dense_shape = [len(rows), max(map(len, rows), default=0)]
    return (
        np.array(indices, np.int64).reshape(-1, 2),
        np.array(values, np.int64),
        np.array(dense_shape, np.int64),
    )
