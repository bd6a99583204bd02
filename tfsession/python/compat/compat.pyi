# Written by tfsession/python/stubs.py.
from tfsession.python.internals import forward_compatible as forward_compatible
from tfsession.python.internals import forward_compatibility_horizon as forward_compatibility_horizon
