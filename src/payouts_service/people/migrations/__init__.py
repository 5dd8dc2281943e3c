"""Forward migrations of this package."""
