"""Summaries: what a step tells of its tensors, as messages for event files (`tf.summary`)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tfsession import dtypes, logging
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys, add_to_collection, get_collection, name_scope
from tfsession.registry import family as facts_of_family, no_gradient, op, shape
from tfsession.shapes import Dims

if TYPE_CHECKING:
    from tfsession.protos import NodeDef, SummaryDescription, SummaryMetadata

__all__ = [
    "all_v2_summary_ops",
    "audio",
    "get_summary_description",
    "histogram",
    "image",
    "merge",
    "merge_all",
    "scalar",
    "tensor_summary",
    "text",
]

# Messages are made on the CPU, whatever their values were computed on.
facts_of_family(is_light=True)

_NUMBERS = (
    "{float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32,"
    " uint64}"
)

# ---- ScalarSummary, HistogramSummary, ImageSummary, AudioSummary, AudioSummaryV2, TensorSummary,
#      TensorSummaryV2, MergeSummary ----

op("ScalarSummary(tags: string, values: T) -> summary: string", f"T: {_NUMBERS}")
op("HistogramSummary(tag: string, values: T) -> summary: string", f"T: {_NUMBERS} = float32")
op(
    "ImageSummary(tag: string, tensor: T) -> summary: string",
    "max_images: int >= 1 = 3; T: {uint8, float32, float16, float64} = float32;"
    " bad_color: tensor = uint8[255, 0, 0, 255]",
)
op(
    "AudioSummary(tag: string, tensor: float32) -> summary: string",
    "sample_rate: float; max_outputs: int >= 1 = 3",
)
op(
    "AudioSummaryV2(tag: string, tensor: float32, sample_rate: float32) -> summary: string",
    "max_outputs: int >= 1 = 3",
)
op(
    "TensorSummary(tensor: T) -> summary: string",
    "T: type; description: string = ''; labels: list(string) = []; display_name: string = ''",
)
op(
    "TensorSummaryV2(tag: string, tensor: T, serialized_summary_metadata: string)"
    " -> summary: string",
    "T: type",
)
op("MergeSummary(inputs: N * string) -> summary: string", "N: int >= 1")

_SUMMARIES = (
    "ScalarSummary",
    "HistogramSummary",
    "ImageSummary",
    "AudioSummary",
    "AudioSummaryV2",
    "TensorSummary",
    "TensorSummaryV2",
    "MergeSummary",
)


@shape(*_SUMMARIES)
def summary_shape() -> Dims:
    return ()


no_gradient(*_SUMMARIES)


# ---- Names and tags ----


def _clean(name: str | None) -> str | None:
    """A name without what names of operations may not have."""
    if name is None:
        return None
    cleaned = re.sub(r"[^-/\w.]", "_", name).lstrip("/")
    if cleaned != name:
        logging.info("Summary name %s is illegal; using %s instead.", name, cleaned)
    return cleaned


@contextlib.contextmanager
def summary_scope(
    name: str | None, family: str | None = None, default_name: str | None = None, values: Any = None
) -> Iterator[tuple[str, str]]:
    """Opens the scope of a summary.

    Args:
      name: of the summary; what names may not have becomes "_".
      family: a prefix of name and tag, under which TensorBoard groups summaries.
      default_name: used where `name` is None.
      values: the tensors of the summary.

    Yields:
      The tag, which is the name of the operation, behind that of the family; and the scope.
    """
    name, family = _clean(name), _clean(family)
    base = name if family is None else f"{family}/{name}"
    with name_scope(base, default_name, values) as scope:
        tag = scope.rstrip("/")
        yield tag if family is None else f"{family}/{tag}", scope


def _collect(summary: Tensor, collections: Sequence[Any] | None, default: Sequence[Any]) -> Tensor:
    for key in default if collections is None else collections:
        add_to_collection(key, summary)
    return summary


_KEYS = (GraphKeys.SUMMARIES,)


# ---- Public functions ----


def scalar(
    name: str,
    tensor: Any,
    collections: Sequence[Any] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of one number.

    Args:
      name: of the operation and, with its scopes, of the series in TensorBoard.
      tensor: [], real numbers.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      family: a prefix under which TensorBoard groups series.

    Returns:
      [], string: a Summary message.

    Source: TensorFlow 1.15 `tf.summary.scalar`.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary = build("ScalarSummary", tag, tensor, name=scope)
    return _collect(summary, collections, _KEYS)


def histogram(
    name: str,
    values: Any,
    collections: Sequence[Any] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of how numbers are distributed.

    Args:
      name: of the operation and, with its scopes, of the series in TensorBoard.
      values: real numbers, of any shape; finite when the summary runs.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      family: a prefix under which TensorBoard groups series.

    Returns:
      [], string: a Summary message.

    Source: TensorFlow 1.15 `tf.summary.histogram`.
    """
    with summary_scope(name, family, "HistogramSummary", [values]) as (tag, scope):
        summary = build("HistogramSummary", tag, values, name=scope)
    return _collect(summary, collections, _KEYS)


def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Sequence[Any] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of images, as PNG files.

    Numbers of uint8 stay as they are. Others are scaled, image by image: so that 255 is the
    largest, or, where there are negative ones, so that 128 is zero and the one farthest from it is
    1 or 255.

    Args:
      name: of the operation and, with its scopes, of the series in TensorBoard.
      tensor: [batch, height, width, channels], uint8 or a floating dtype, with 1, 3 or 4 channels.
      max_outputs: how many images of a batch there are at most.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      family: a prefix under which TensorBoard groups series.

    Returns:
      [], string: a Summary message. Tags end with `/image`, or `/image/0`, `/image/1`, ... where
      `max_outputs` is above 1.

    Source: TensorFlow 1.15 `tf.summary.image`.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary = build("ImageSummary", tag, tensor, max_images=max_outputs, name=scope)
    return _collect(summary, collections, _KEYS)


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Sequence[Any] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of sounds, as WAV files.

    Args:
      name: of the operation and, with its scopes, of the series in TensorBoard.
      tensor: [batch, frames] or [batch, frames, channels], float32 in [-1, 1].
      sample_rate: [], float32: frames in a second.
      max_outputs: how many sounds of a batch there are at most.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      family: a prefix under which TensorBoard groups series.

    Returns:
      [], string: a Summary message. Tags end with `/audio`, or `/audio/0`, `/audio/1`, ... where
      `max_outputs` is above 1.

    Source: TensorFlow 1.15 `tf.summary.audio`.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        summary = build("AudioSummaryV2", tag, tensor, rate, max_outputs=max_outputs, name=scope)
    return _collect(summary, collections, _KEYS)


def text(name: str, tensor: Any, collections: Sequence[Any] | None = None) -> Tensor:
    """A summary of text, which TensorBoard shows as Markdown.

    Args:
      name: of the operation and, with its scopes, of the series in TensorBoard.
      tensor: a string Tensor; TensorBoard shows a vector or a matrix as a table.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.

    Returns:
      [], string: a Summary message.

    Raises:
      ValueError: the tensor is not of strings.

    Source: TensorFlow 1.15 `tf.summary.text`.
    """
    from tfsession.protos import SummaryMetadata

    if tensor.dtype != dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype}")
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return tensor_summary(name, tensor, summary_metadata=metadata, collections=collections)


def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: str | None = None,
    collections: Sequence[Any] | None = None,
    summary_metadata: SummaryMetadata | None = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """A summary of a tensor as it is.

    Args:
      name: of the operation and, with its scopes, of the series in TensorBoard.
      tensor: any dtype and shape.
      summary_description: what TensorBoard says of it.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      summary_metadata: a SummaryMetadata: which plugin of TensorBoard shows it.
      family: a prefix under which TensorBoard groups series.
      display_name: the name that TensorBoard shows.

    Returns:
      [], string: a Summary message.

    Source: TensorFlow 1.15 `tf.summary.tensor_summary`.
    """
    from tfsession.protos import SummaryMetadata

    metadata = SummaryMetadata()
    if summary_metadata is not None:
        metadata.CopyFrom(summary_metadata)
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary = build("TensorSummaryV2", tag, tensor, metadata.SerializeToString(), name=scope)
    return _collect(summary, collections, _KEYS)


def merge(inputs: Any, collections: Sequence[Any] | None = None, name: str | None = None) -> Tensor:
    """One summary with the values of several.

    Args:
      inputs: string Tensors with Summary messages, which have no tag in common.
      collections: keys of the collections that get the summary; none when None.
      name: a name for the operation and for its scope.

    Returns:
      [], string: a Summary message.

    Raises:
      ValueError: there are no inputs.

    Source: TensorFlow 1.15 `tf.summary.merge`.
    """
    return _merge(inputs, collections, name, "Merge")


def _merge(
    inputs: Any, collections: Sequence[Any] | None, name: str | None, default_name: str
) -> Tensor:
    with name_scope(name, default_name, inputs):
        summary = build("MergeSummary", inputs, name=name)
    return _collect(summary, collections, ())


def merge_all(
    key: Any = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """One summary with the values of all in the default graph.

    Args:
      key: of the collection that has the summaries.
      scope: what the names of the summaries begin with; a regular expression.
      name: a name for the operation and for its scope.

    Returns:
      [], string: a Summary message; None where there are no summaries.

    Source: TensorFlow 1.15 `tf.summary.merge_all`.
    """
    summaries = get_collection(key, scope)
    return merge(summaries, name=name) if summaries else None


def get_summary_description(node_def: NodeDef) -> SummaryDescription:
    """What a TensorSummary operation says of its tensor.

    Args:
      node_def: of the operation.

    Raises:
      ValueError: it is of another type.

    Source: TensorFlow 1.15 `tf.summary.get_summary_description`.
    """
    from google.protobuf import json_format

    from tfsession.protos import SummaryDescription

    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    description = SummaryDescription()
    json_format.Parse(node_def.attr["description"].s.decode(), description)
    return description


def all_v2_summary_ops() -> list[Any]:
    """The summary operations of the second kind in the default graph: there are none.

    Source: TensorFlow 1.15 `tf.summary.all_v2_summary_ops`.
    """
    return get_collection(GraphKeys._SUMMARY_COLLECTION)


# ---- Spellings of TensorFlow before 1.0: the tag is given, not made of the name ----


def scalar_summary(
    tags: Any, values: Any, collections: Sequence[Any] | None = None, name: str | None = None
) -> Tensor:
    """A summary of numbers.

    Args:
      tags: the tag of each value.
      values: real numbers, of the shape of `tags`.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      name: a name for the operation.

    Source: TensorFlow 0.12 `tf.scalar_summary`.
    """
    with name_scope(name, "ScalarSummary", [tags, values]) as scope:
        return _collect(build("ScalarSummary", tags, values, name=scope), collections, _KEYS)


def histogram_summary(
    tag: Any, values: Any, collections: Sequence[Any] | None = None, name: str | None = None
) -> Tensor:
    """A summary of how numbers are distributed.

    Args:
      tag: a string.
      values: real numbers, of any shape.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      name: a name for the operation.

    Source: TensorFlow 0.12 `tf.histogram_summary`.
    """
    with name_scope(name, "HistogramSummary", [tag, values]) as scope:
        return _collect(build("HistogramSummary", tag, values, name=scope), collections, _KEYS)


def image_summary(
    tag: Any,
    tensor: Any,
    max_images: int = 3,
    collections: Sequence[Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """A summary of images; `image` says which.

    Args:
      tag: a string, what the tags of the images begin with.
      tensor: [batch, height, width, channels].
      max_images: how many images of a batch there are at most.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      name: a name for the operation.

    Source: TensorFlow 0.12 `tf.image_summary`.
    """
    with name_scope(name, "ImageSummary", [tag, tensor]) as scope:
        summary = build("ImageSummary", tag, tensor, max_images=max_images, name=scope)
    return _collect(summary, collections, _KEYS)


def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Sequence[Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """A summary of sounds; `audio` says which.

    Args:
      tag: a string, what the tags of the sounds begin with.
      tensor: [batch, frames] or [batch, frames, channels].
      sample_rate: [], float32: frames in a second.
      max_outputs: how many sounds of a batch there are at most.
      collections: keys of the collections that get the summary; `GraphKeys.SUMMARIES` when None.
      name: a name for the operation.

    Source: TensorFlow 0.12 `tf.audio_summary`.
    """
    with name_scope(name, "AudioSummary", [tag, tensor]) as scope:
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        summary = build("AudioSummaryV2", tag, tensor, rate, max_outputs=max_outputs, name=scope)
    return _collect(summary, collections, _KEYS)


def merge_summary(
    inputs: Any, collections: Sequence[Any] | None = None, name: str | None = None
) -> Tensor:
    """`merge`, whose scope has another name by default.

    Source: TensorFlow 0.12 `tf.merge_summary`.
    """
    return _merge(inputs, collections, name, "MergeSummary")


def merge_all_summaries(key: Any = GraphKeys.SUMMARIES) -> Tensor | None:
    """`merge_all`.

    Source: TensorFlow 0.12 `tf.merge_all_summaries`.
    """
    summaries = get_collection(key)
    return merge_summary(summaries) if summaries else None
