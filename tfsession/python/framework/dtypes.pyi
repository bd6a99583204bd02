# Written by tfsession/python/stubs.py.
from tfsession.dtypes import *
from tfsession.dtypes import bfloat16_ref as bfloat16_ref
from tfsession.dtypes import bool_ref as bool_ref
from tfsession.dtypes import complex128_ref as complex128_ref
from tfsession.dtypes import complex64_ref as complex64_ref
from tfsession.dtypes import double_ref as double_ref
from tfsession.dtypes import float16_ref as float16_ref
from tfsession.dtypes import float32_ref as float32_ref
from tfsession.dtypes import float64_ref as float64_ref
from tfsession.dtypes import half_ref as half_ref
from tfsession.dtypes import int16_ref as int16_ref
from tfsession.dtypes import int32_ref as int32_ref
from tfsession.dtypes import int64_ref as int64_ref
from tfsession.dtypes import int8_ref as int8_ref
from tfsession.dtypes import qint16_ref as qint16_ref
from tfsession.dtypes import qint32_ref as qint32_ref
from tfsession.dtypes import qint8_ref as qint8_ref
from tfsession.dtypes import quint16_ref as quint16_ref
from tfsession.dtypes import quint8_ref as quint8_ref
from tfsession.dtypes import resource_ref as resource_ref
from tfsession.dtypes import string_ref as string_ref
from tfsession.dtypes import uint16_ref as uint16_ref
from tfsession.dtypes import uint32_ref as uint32_ref
from tfsession.dtypes import uint64_ref as uint64_ref
from tfsession.dtypes import uint8_ref as uint8_ref
from tfsession.dtypes import variant_ref as variant_ref
