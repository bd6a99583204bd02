# Written by tfsession/python/stubs.py.
from tfsession.layers.convolutional import *
from tfsession.layers.convolutional import Conv1D as _Conv1D
Convolution1D = _Conv1D
from tfsession.layers.convolutional import Conv2D as _Conv2D
Convolution2D = _Conv2D
from tfsession.layers.convolutional import Conv3D as _Conv3D
Convolution3D = _Conv3D
from tfsession.layers.convolutional import Conv2DTranspose as _Conv2DTranspose
Deconvolution2D = _Conv2DTranspose
from tfsession.layers.convolutional import Conv2DTranspose as _Conv2DTranspose
Deconv2D = _Conv2DTranspose
from tfsession.layers.convolutional import Conv3DTranspose as _Conv3DTranspose
Deconvolution3D = _Conv3DTranspose
from tfsession.layers.convolutional import Conv3DTranspose as _Conv3DTranspose
Deconv3D = _Conv3DTranspose
from tfsession.layers.convolutional import SeparableConv2D as _SeparableConv2D
SeparableConvolution2D = _SeparableConv2D
from tfsession.layers.convolutional import conv1d as _conv1d
convolution1d = _conv1d
from tfsession.layers.convolutional import conv2d as _conv2d
convolution2d = _conv2d
from tfsession.layers.convolutional import conv3d as _conv3d
convolution3d = _conv3d
from tfsession.layers.convolutional import separable_conv2d as _separable_conv2d
separable_convolution2d = _separable_conv2d
from tfsession.layers.convolutional import conv2d_transpose as _conv2d_transpose
deconvolution2d = _conv2d_transpose
from tfsession.layers.convolutional import conv2d_transpose as _conv2d_transpose
deconv2d = _conv2d_transpose
from tfsession.layers.convolutional import conv3d_transpose as _conv3d_transpose
deconvolution3d = _conv3d_transpose
from tfsession.layers.convolutional import conv3d_transpose as _conv3d_transpose
deconv3d = _conv3d_transpose
