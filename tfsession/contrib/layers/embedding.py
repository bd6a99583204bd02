"""Layers whose inputs are ids."""

from __future__ import annotations

from typing import Any

from tfsession.contrib.framework.scopes import add_arg_scope
from tfsession.contrib.framework.variables import model_variable
from tfsession.contrib.layers.dense import sparse_of
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, indexing, reduction
from tfsession.variables.embedding import embedding_lookup, safe_embedding_lookup_sparse
from tfsession.variables.scope import variable_scope

__all__ = ["bow_encoder", "embed_sequence", "embedding_lookup_unique"]


@add_arg_scope
def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Tensor:
    """Looks up the embeddings of ids.

    Args:
      ids: [batch, length], int32 or int64.
      vocab_size: the number of embeddings.
      embed_dim: the size of an embedding.
      unique: whether an id that occurs several times is looked up once.
      initializer: of `embeddings`, [vocab_size, embed_dim].
      regularizer: maps them to a loss.
      trainable: whether they are trained.
      scope: a name for the variable scope; 'EmbedSequence' when None.
      reuse: whether the variable of `scope` exists already; it may then have any size.

    Returns:
      [batch, length, embed_dim].

    Raises:
      ValueError: a size is missing.

    Source: TensorFlow 1.15 `tf.contrib.layers.embed_sequence`.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. Got "
            f"vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        is_known = vocab_size is not None and embed_dim is not None
        embeddings = model_variable(
            "embeddings",
            shape=[vocab_size, embed_dim] if is_known else None,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
        )
        if unique:
            return embedding_lookup_unique(embeddings, ids)
        return embedding_lookup(embeddings, ids)


@add_arg_scope
def bow_encoder(
    ids: Any,
    vocab_size: int,
    embed_dim: int,
    sparse_lookup: bool = True,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Tensor:
    """The mean of the embeddings of a bag of words.

    Args:
      ids: [batch, length], int32 or int64; also a SparseTensor where `sparse_lookup`.
      vocab_size: the number of embeddings.
      embed_dim: the size of an embedding.
      sparse_lookup: whether the id 0 is left out.
      initializer: of `embeddings`, [vocab_size, embed_dim].
      regularizer: maps them to a loss.
      trainable: whether they are trained.
      scope: a name for the variable scope; 'bow_encoder' when None.
      reuse: whether the variable of `scope` exists already.

    Returns:
      [batch, embed_dim].

    Raises:
      TypeError: `ids` is a SparseTensor where it may not be.

    Source: TensorFlow 1.15 `tf.contrib.layers.bow_encoder`.
    """
    with variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        embeddings = model_variable(
            "embeddings",
            shape=[vocab_size, embed_dim],
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
        )
        if sparse_lookup:
            sparse = ids if isinstance(ids, SparseTensor) else sparse_of(ids)
            return safe_embedding_lookup_sparse(
                [embeddings], sparse, combiner="mean", default_id=0, name="embedding_lookup"
            )
        if isinstance(ids, SparseTensor):
            raise TypeError(f"ids are expected to be dense Tensor, got: {ids}")
        result: Tensor = reduction.reduce_mean(embedding_lookup(embeddings, ids), axis=1)
        return result


def embedding_lookup_unique(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None
) -> Tensor:
    """`tf.nn.embedding_lookup` that looks up an id once, however often it occurs.

    Args:
      params: [rows, ...], or a list of parts.
      ids: int32 or int64, of any shape.
      partition_strategy: "mod" or "div": how rows are spread over parts.
      name: a name for the operations.

    Returns:
      The shape of `ids`, then that of a row.

    Source: TensorFlow 1.15 `tf.contrib.layers.embedding_lookup_unique`.
    """
    with name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = convert_to_tensor(ids)
        shape = array.shape(ids)
        flat = array.reshape(ids, reduction.reduce_prod(shape, keepdims=True))
        unique_ids, positions = indexing.unique(flat)
        rows = embedding_lookup(params, unique_ids, partition_strategy)
        flat_rows = indexing.gather(rows, positions)
        result = array.reshape(flat_rows, array.concat([shape, array.shape(rows)[1:]], 0))
        result.set_shape(ids.shape.concatenate(rows.shape[1:]))
        return result
