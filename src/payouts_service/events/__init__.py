"""Append-only facts: the transition row, the audit record, the feed and the outbox are one row."""
