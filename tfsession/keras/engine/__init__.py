"""Layers, networks of layers, and how they are trained."""
