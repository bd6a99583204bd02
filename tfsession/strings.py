"""`tf.strings`."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.strings import (
    as_string,
    reduce_join,
    regex_full_match,
    regex_replace,
    string_format as format,
    string_join as join,
    string_length as length,
    string_lower as lower,
    string_split_v2 as split,
    string_strip as strip,
    string_to_hash_bucket as to_hash_bucket,
    string_to_hash_bucket_fast as to_hash_bucket_fast,
    string_to_hash_bucket_strong as to_hash_bucket_strong,
    string_to_number as to_number,
    string_upper as upper,
    substr,
    unsorted_segment_join,
)

_explain_in(__name__)

__all__ = [
    "as_string",
    "format",
    "join",
    "length",
    "lower",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_hash_bucket",
    "to_hash_bucket_fast",
    "to_hash_bucket_strong",
    "to_number",
    "unsorted_segment_join",
    "upper",
]
