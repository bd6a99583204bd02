"""What is told of a step: placement, memory, traces, costs."""
