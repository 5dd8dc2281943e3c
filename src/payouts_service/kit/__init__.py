"""Plain Python that every floor may use: errors, ids, money, time. No Django."""
