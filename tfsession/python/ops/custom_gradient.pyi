# Written by tfsession/python/stubs.py.
from tfsession.autodiff.functions import custom_gradient as custom_gradient
