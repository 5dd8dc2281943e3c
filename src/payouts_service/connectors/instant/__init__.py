"""Confirms in process, at once, and pays nobody: for measuring the engine alone."""
