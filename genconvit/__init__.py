"""The engine: a path goes in, frozen records come out.

Knows nothing of windows, cases or reports, opens no network connection, and reads no environment, configuration or
working folder: everything it depends on is passed in. Variables by which the libraries would compute in another way are
taken out, or recorded (:mod:`genconvit.steering`).
"""

__version__ = "0.1.0"
