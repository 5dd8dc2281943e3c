"""The HTTP habits of every endpoint: problem details, strict bodies, pages, conditional requests, request ids."""
