"""Reverse-mode differentiation, and functions with gradients of their own."""
