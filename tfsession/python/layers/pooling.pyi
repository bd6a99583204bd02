# Written by tfsession/python/stubs.py.
from tfsession.layers.pooling import *
from tfsession.layers.pooling import MaxPooling1D as _MaxPooling1D
MaxPool1D = _MaxPooling1D
from tfsession.layers.pooling import MaxPooling2D as _MaxPooling2D
MaxPool2D = _MaxPooling2D
from tfsession.layers.pooling import MaxPooling3D as _MaxPooling3D
MaxPool3D = _MaxPooling3D
from tfsession.layers.pooling import AveragePooling1D as _AveragePooling1D
AvgPool1D = _AveragePooling1D
from tfsession.layers.pooling import AveragePooling2D as _AveragePooling2D
AvgPool2D = _AveragePooling2D
from tfsession.layers.pooling import AveragePooling3D as _AveragePooling3D
AvgPool3D = _AveragePooling3D
from tfsession.layers.pooling import max_pooling2d as _max_pooling2d
max_pool2d = _max_pooling2d
from tfsession.layers.pooling import average_pooling2d as _average_pooling2d
avg_pool2d = _average_pooling2d
