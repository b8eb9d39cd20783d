"""Turn a table of customers into an executive report whose every sentence can be proved."""

__version__ = "0.1.0"
