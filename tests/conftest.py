"""Fixtures that every folder of tests may use."""

from mongodb import mongo_server, mongo_uri, own_mongo_server

__all__ = ["mongo_server", "mongo_uri", "own_mongo_server"]
