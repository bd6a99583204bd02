# Written by tfsession/python/stubs.py.
from tfsession.distributions import Multinomial as Multinomial
