# Written by tfsession/python/stubs.py.
from tfsession import *
from tfsession.ops.array import prevent_gradient as prevent_gradient
from tfsession.ops.initializers import Initializer as Initializer
from tfsession.ops.initializers import identity_initializer as identity_initializer
from tfsession.math import multiply_no_nan as multiply_no_nan
from tfsession.math import polyval as polyval
from tfsession.math import reduce_euclidean_norm as reduce_euclidean_norm
from tfsession.math import reduce_std as reduce_std
from tfsession.math import reduce_variance as reduce_variance
from tfsession.math import xdivy as xdivy
from tfsession.math import xlogy as xlogy
from tfsession.random import categorical as categorical
