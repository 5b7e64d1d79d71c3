"""What facelogin means by a face, a template, a match and a session. Pure Python and NumPy."""
