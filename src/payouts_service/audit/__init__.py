"""The audit: every promise about payouts as one query that must find nothing."""
