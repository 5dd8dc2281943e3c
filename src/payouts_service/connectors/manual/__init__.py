"""A person pays in the bank's own web page and reports the outcome. Nothing is ever sent from here."""
