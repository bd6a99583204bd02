# Written by tfsession/python/stubs.py.
from tfsession.graph.composites import SparseTensor as SparseTensor
from tfsession.graph.composites import SparseTensorValue as SparseTensorValue
from tfsession.graph.composites import convert_to_tensor_or_sparse_tensor as convert_to_tensor_or_sparse_tensor
from tfsession.graph.composites import is_sparse as is_sparse
