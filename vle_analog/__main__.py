"""`python -m vle_analog` is `vle-analog`."""

from vle_analog.cli import main

main()
