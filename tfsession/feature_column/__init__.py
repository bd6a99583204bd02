"""`tf.feature_column`: how features become numbers."""

from tfsession.feature_column.categorical import (
    categorical_column_with_hash_bucket as categorical_column_with_hash_bucket,
    categorical_column_with_identity as categorical_column_with_identity,
    categorical_column_with_vocabulary_file as categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list as categorical_column_with_vocabulary_list,
    weighted_categorical_column as weighted_categorical_column,
)
from tfsession.feature_column.dense import (
    bucketized_column as bucketized_column,
    embedding_column as embedding_column,
    indicator_column as indicator_column,
    numeric_column as numeric_column,
    shared_embedding_columns as shared_embedding_columns,
)
from tfsession.feature_column.model import (
    input_layer as input_layer,
    linear_model as linear_model,
    make_parse_example_spec as make_parse_example_spec,
)
from tfsession.names.absent import explain_in as _explain_in

_explain_in(__name__)
