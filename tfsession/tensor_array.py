"""placeholder"""
class TensorArray:
    pass
def with_flow(old, new):
    return new
