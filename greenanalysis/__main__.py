"""``python -m greenanalysis`` is the command line."""

from greenanalysis.cli.main import main

if __name__ == "__main__":
    main()
