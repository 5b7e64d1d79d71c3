"""Adapters of the FaceEngine port: image bytes -> faces, landmarks, embeddings."""
