"""Widgets, one per file. They show records and call the session; what can be tested without a window is elsewhere."""
