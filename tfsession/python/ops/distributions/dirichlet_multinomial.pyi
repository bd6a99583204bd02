# Written by tfsession/python/stubs.py.
from tfsession.distributions import DirichletMultinomial as DirichletMultinomial
