# Written by tfsession/python/stubs.py.
from tfsession.linear_operators import LinearOperator as LinearOperator
