"""Adapters that measure: Prometheus behind the port, and stand-betweens that time other ports."""
