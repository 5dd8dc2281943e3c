"""How many requests a key, and an address, may send in a minute: counted by PostgreSQL for all processes."""
