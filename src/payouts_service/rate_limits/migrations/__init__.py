"""Migrations go forward only, and never need downtime."""
