# Written by tfsession/python/stubs.py.
from tfsession.linear_operators import LinearOperatorFullMatrix as LinearOperatorFullMatrix
