# Written by tfsession/python/stubs.py.
from tfsession.shapes import Dimension as Dimension
from tfsession.shapes import TensorShape as TensorShape
from tfsession.shapes import as_dimension as as_dimension
from tfsession.shapes import as_shape as as_shape
from tfsession.shapes import unknown_shape as unknown_shape
from tfsession.shapes import scalar as scalar
from tfsession.shapes import vector as vector
from tfsession.shapes import matrix as matrix
from tfsession.shapes import dimension_value as dimension_value
from tfsession.shapes import dimension_at_index as dimension_at_index
