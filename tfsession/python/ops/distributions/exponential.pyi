# Written by tfsession/python/stubs.py.
from tfsession.distributions import Exponential as Exponential
