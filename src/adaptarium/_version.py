"""The version of the distribution, read by the build and by the caches of compiled kernels."""

__version__ = "0.1.0"
