"""The payout, from request to final state."""
