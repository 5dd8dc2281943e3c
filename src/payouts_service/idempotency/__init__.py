"""Which object an idempotency key made, per tenant and operation; never archived, never expires."""
