"""`python -m cutaway.cli`, where the console script is not on the path."""

from cutaway.cli import main

main()
