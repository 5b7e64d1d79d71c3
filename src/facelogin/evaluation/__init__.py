"""Measures facelogin from outside: what gets in, who is kept out."""
