"""One use case per file. Services know the ports of the domain, never an adapter."""
