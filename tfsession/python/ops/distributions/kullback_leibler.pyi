# Written by tfsession/python/stubs.py.
from tfsession.distributions import RegisterKL as RegisterKL
from tfsession.distributions import kl_divergence as kl_divergence
