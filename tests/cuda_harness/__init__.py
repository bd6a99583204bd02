"""A device of the CPU that runs kernels/cuda/ compiled by the system's C++ compiler."""
