"""The case report: :mod:`content` says what it says, :mod:`pdf` how it looks."""
