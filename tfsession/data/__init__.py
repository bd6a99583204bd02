"""`tf.data`: pipelines of elements that are made while a step runs."""

from tfsession.data import experimental as experimental
from tfsession.data.dataset import (
    Dataset as Dataset,
    Options as Options,
    get_output_classes as get_output_classes,
    get_output_shapes as get_output_shapes,
    get_output_types as get_output_types,
    make_initializable_iterator as make_initializable_iterator,
    make_one_shot_iterator as make_one_shot_iterator,
)
from tfsession.data.files import (
    FixedLengthRecordDataset as FixedLengthRecordDataset,
    TextLineDataset as TextLineDataset,
    TFRecordDataset as TFRecordDataset,
)
from tfsession.data.iterator import Iterator as Iterator
from tfsession.data.structure import DatasetSpec as DatasetSpec
from tfsession.names.absent import explain_in as _explain_in

__all__ = [
    "Dataset",
    "DatasetSpec",
    "FixedLengthRecordDataset",
    "Iterator",
    "Options",
    "TFRecordDataset",
    "TextLineDataset",
    "experimental",
    "get_output_classes",
    "get_output_shapes",
    "get_output_types",
    "make_initializable_iterator",
    "make_one_shot_iterator",
]

_explain_in(__name__)
