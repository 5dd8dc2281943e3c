"""The measures, each in a file of its own: a function of the rig and the size that gives lines of the table."""
