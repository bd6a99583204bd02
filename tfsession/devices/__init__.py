"""The devices that a session runs on: CPUs, GPUs through CuPy, and simulated GPUs."""
