"""Tenants, their API keys, scopes and authentication."""
