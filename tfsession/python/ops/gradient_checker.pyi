# Written by tfsession/python/stubs.py.
from tfsession.test import compute_gradient as compute_gradient
from tfsession.test import compute_gradient_error as compute_gradient_error
