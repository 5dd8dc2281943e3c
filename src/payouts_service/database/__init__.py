"""The way to PostgreSQL: Django's backend with a cheaper look at a connection's health, and prepared statements."""
