"""`tf.strings`."""

from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.strings import (
    as_string,
    reduce_join,
    regex_full_match,
    regex_replace,
    substr,
    unsorted_segment_join,
)
from tfsession.ops.strings import string_format as format
from tfsession.ops.strings import string_join as join
from tfsession.ops.strings import string_length as length
from tfsession.ops.strings import string_lower as lower
from tfsession.ops.strings import string_split_v2 as split
from tfsession.ops.strings import string_strip as strip
from tfsession.ops.strings import string_to_hash_bucket as to_hash_bucket
from tfsession.ops.strings import string_to_hash_bucket_fast as to_hash_bucket_fast
from tfsession.ops.strings import string_to_hash_bucket_strong as to_hash_bucket_strong
from tfsession.ops.strings import string_to_number as to_number
from tfsession.ops.strings import string_upper as upper

__getattr__ = _getattr_of(__name__)

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
