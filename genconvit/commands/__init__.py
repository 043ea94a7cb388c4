"""The sub-commands of ``python -m genconvit``; each module has ``add(subparsers)``."""
