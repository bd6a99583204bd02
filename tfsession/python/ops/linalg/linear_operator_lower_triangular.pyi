# Written by tfsession/python/stubs.py.
from tfsession.linear_operators import LinearOperatorLowerTriangular as LinearOperatorLowerTriangular
