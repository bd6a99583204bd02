# Written by tfsession/python/stubs.py.
from tfsession import add_check_numerics_ops as add_check_numerics_ops
from tfsession import verify_tensor_all_finite as verify_tensor_all_finite
