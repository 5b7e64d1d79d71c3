"""Fixtures that every folder of tests may use."""

from mongodb import mongo_server, mongo_uri

__all__ = ["mongo_server", "mongo_uri"]
