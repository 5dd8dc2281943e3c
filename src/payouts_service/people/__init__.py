"""Persons who sign in: who they are, what role each has in which tenant, and how they prove it."""
