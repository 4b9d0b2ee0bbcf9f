"""``python -m greenanalysis`` is the command line."""

from greenanalysis.cli.main import main

main()
