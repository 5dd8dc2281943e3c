"""Django finds the tags of templates here."""
