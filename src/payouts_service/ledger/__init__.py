"""The ledger: double entry, append-only, per tenant and currency. It knows subjects by their ids, and no payouts."""
