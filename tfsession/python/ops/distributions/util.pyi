# Written by tfsession/python/stubs.py.
from tfsession.distributions.tensors import gen_new_seed as gen_new_seed
from tfsession.distributions.tensors import softplus_inverse as softplus_inverse
