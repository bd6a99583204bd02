# Written by tfsession/python/stubs.py.
from tfsession.distributions import StudentT as StudentT
