# Written by tfsession/python/stubs.py.
from tfsession.device_spec import DeviceSpec as DeviceSpec
from tfsession.device_spec import canonical_name as canonical_name
from tfsession.device_spec import merge_device as merge_device
