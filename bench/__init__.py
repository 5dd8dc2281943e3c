"""The benchmark: what the service does in a second, beside what a team would write by hand. README.md says how."""
