"""A hint says that there is work. It is safe to lose and to run twice; PostgreSQL alone knows what is to be done."""
