"""Drives presentations through the whole application, message by message, and counts sessions.

The figures are those of a synthetic attack suite, ISO 30107-3-style: no claim of conformance, and
what rendered people fail at is no rate for human beings.
"""
