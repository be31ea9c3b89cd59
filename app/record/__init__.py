"""A room's events -> the record of its session: strips to look at, CSV to take along."""
