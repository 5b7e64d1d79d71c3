"""How slow a turn of the head may be, and how few frames of it there may be, to be accepted."""
