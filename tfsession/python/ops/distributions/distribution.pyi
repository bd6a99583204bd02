# Written by tfsession/python/stubs.py.
from tfsession.distributions import Distribution as Distribution
from tfsession.distributions import ReparameterizationType as ReparameterizationType
from tfsession.distributions import FULLY_REPARAMETERIZED as FULLY_REPARAMETERIZED
from tfsession.distributions import NOT_REPARAMETERIZED as NOT_REPARAMETERIZED
