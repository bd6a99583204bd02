# Written by tfsession/python/stubs.py.
from tfsession.distributions import Bernoulli as Bernoulli
