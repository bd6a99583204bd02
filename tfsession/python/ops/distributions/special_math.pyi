# Written by tfsession/python/stubs.py.
from tfsession.distributions.normal_functions import ndtr as ndtr
from tfsession.distributions.normal_functions import ndtri as ndtri
from tfsession.distributions.normal_functions import log_ndtr as log_ndtr
from tfsession.distributions.normal_functions import log_cdf_laplace as log_cdf_laplace
