# Written by tfsession/python/stubs.py.
from tfsession.distributions import Uniform as Uniform
