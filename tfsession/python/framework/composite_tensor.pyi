# Written by tfsession/python/stubs.py.
from tfsession.graph.composites import is_sparse as is_sparse
