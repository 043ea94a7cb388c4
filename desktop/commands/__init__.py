"""What `python -m desktop` does without a window. No Qt in here until a picture or a window is asked for."""
