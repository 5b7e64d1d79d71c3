"""The HTTP entrance: parses a request, calls one service, serialises what it says."""
