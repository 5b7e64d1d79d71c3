"""Measures facelogin against what people use today: peer and ours in turns, in one run."""
