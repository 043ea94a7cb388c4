"""What run.py is made of: makes the environment, checks the machine, starts the program. Standard library only."""
