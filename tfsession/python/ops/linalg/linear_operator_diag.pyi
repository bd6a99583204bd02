# Written by tfsession/python/stubs.py.
from tfsession.linear_operators import LinearOperatorDiag as LinearOperatorDiag
