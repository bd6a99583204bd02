# Written by tfsession/python/stubs.py.
from tfsession.distributions import Categorical as Categorical
