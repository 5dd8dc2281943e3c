"""The doors of money: accounts, their entries, top-ups. The ledger itself knows no HTTP, so they stand above it."""
