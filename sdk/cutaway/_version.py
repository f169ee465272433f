"""The one version of cutaway, of its wire superset and of its plugins."""

__version__ = "0.1.0"
