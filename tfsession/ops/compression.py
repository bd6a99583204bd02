"""Decompression of strings."""

from __future__ import annotations

from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Tensor
from tfsession.registry import op, shape, undefined_gradient
from tfsession.shapes import Dims

__all__ = ["decode_compressed"]

# ---- DecodeCompressed ----

op("DecodeCompressed(bytes: string) -> output: string", "compression_type: string = ''")
undefined_gradient("DecodeCompressed")


@shape("DecodeCompressed")
def decode_compressed_shape(bytes: Tensor) -> Dims:
    """The shape of `bytes`."""
    return bytes.dims


def decode_compressed(
    bytes: TensorLike, compression_type: str = "", name: str | None = None
) -> Tensor:
    """Decompresses strings.

    Args:
      bytes: strings.
      compression_type: "ZLIB", "GZIP", or "" for none.
      name: a name for the operation.

    Returns:
      A Tensor of the shape of `bytes`.

    Raises:
      InvalidArgumentError: at a run, there is no such compression.
      DataLossError: at a run, a string is not compressed in this way.

    Source: TensorFlow 1.15, core/ops/parsing_ops.cc "DecodeCompressed".
    """
    result: Tensor = build("DecodeCompressed", bytes, compression_type=compression_type, name=name)
    return result
