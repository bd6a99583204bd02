# Written by tfsession/python/stubs.py.
from tfsession.distributions import Normal as Normal
