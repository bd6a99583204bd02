# Written by tfsession/python/stubs.py.
from tfsession.linear_operators import LinearOperatorIdentity as LinearOperatorIdentity
from tfsession.linear_operators import LinearOperatorScaledIdentity as LinearOperatorScaledIdentity
