"""Turns published model files into the ONNX files that the face engine loads."""
