"""Logs, metrics and health: what an operator sees. A foundation that the packages above hand their numbers to."""
