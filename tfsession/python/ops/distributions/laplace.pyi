# Written by tfsession/python/stubs.py.
from tfsession.distributions import Laplace as Laplace
