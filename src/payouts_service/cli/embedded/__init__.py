"""The embedded stack: the whole service on one machine that has Python and nothing else.

PostgreSQL and Redis are real servers whose binaries come in wheels; supervisord keeps them, the simulated provider and
the service's own processes running. For trying the service and for developing it; in production the servers are yours.

``places`` says where things lie, ``kept_settings`` makes secrets once, ``servers`` knows PostgreSQL and Redis,
``supervision`` speaks to supervisord, ``stack`` brings everything up and down, ``commands`` is the door.
"""
