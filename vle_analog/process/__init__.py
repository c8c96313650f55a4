"""What can be made: supply, sizes, corners and the device models of a process, shipped or from a design kit."""
