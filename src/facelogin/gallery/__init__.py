"""All enrolled faces of one process, in memory, to be searched at once."""
