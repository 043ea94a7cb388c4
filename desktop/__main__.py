"""`python -m desktop`: the app, and what it does without a window."""

import sys

if __name__ == "__main__":
    # Nothing above: the engine process imports this module again, under another name, before it starts.
    import multiprocessing

    multiprocessing.freeze_support()

    from genconvit import steering

    steering.take_out()

    from desktop.commands.line import main

    sys.exit(main())
