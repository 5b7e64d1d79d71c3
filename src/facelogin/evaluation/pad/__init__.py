"""Makes presentations for live capture: rendered people and rendered attacks, frame by frame.

Synthetic, so the figures made with it are ISO 30107-3-style, never a claim of conformance, and
what rendered people fail at is no rate for human beings.
"""
