"""The simulated provider, reached over HTTP like any other. Its own process is ``payouts_simulator``."""
