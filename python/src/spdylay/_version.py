"""The version of this package, which is that of the library."""

__version__ = "1.5.0"
USER_AGENT = f"python-spdylay/{__version__}"
