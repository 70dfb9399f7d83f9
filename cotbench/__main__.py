"""`python -m cotbench` is the same as `cotbench`."""

from cotbench.cli.app import main

main()
