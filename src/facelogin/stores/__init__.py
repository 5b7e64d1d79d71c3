"""Where users, sessions and keys are kept: SQLite, MongoDB and the key ring file."""
