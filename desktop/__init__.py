"""The desktop app: keeps what the engine finds, shows it, prints it."""
