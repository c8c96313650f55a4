"""The entry point of `python -m vle_analog`, the same as `vle-analog`."""

from vle_analog.cli import main

main()
