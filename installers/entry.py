"""The frozen program. Also what its worker processes start with: they are this program, started again."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker process goes no further than this line

    from desktop.cli import main

    sys.exit(main())
