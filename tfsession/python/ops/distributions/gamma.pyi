# Written by tfsession/python/stubs.py.
from tfsession.distributions import Gamma as Gamma
