"""The command `python -m benchmarks.ngspice_child pyspice|solver DECK`: one deck in a separate process; prints CPU
seconds.

`pyspice`: the circuit built card by card with PySpice's objects and run by its Simulator, as its users do it.
`solver`: the deck loaded into libngspice, and only its `run` counted.
"""

import logging
import os
import sys
import time
from pathlib import Path

logging.disable(logging.CRITICAL)


def by_pyspice(lines: list[str]) -> float:
    """Build the circuit and simulate it; return the seconds of both."""
    from PySpice.Spice.Netlist import Circuit
    from PySpice.Spice.NgSpice.Shared import NgSpiceCommandError

    from vle_analog.simulator.engine import Library

    class Patient(Library):
        """A subclass that accepts the notes of gmin stepping, which PySpice takes for a failure."""

        def exec_command(self, command: str, join_lines: bool = True) -> str | list[str]:
            try:
                return super().exec_command(command, join_lines)
            except NgSpiceCommandError:
                return ""

    shared = Patient()
    begin = time.process_time()
    circuit = Circuit("benchmark")
    options: dict[str, str] = {}
    step = stop = longest = ""
    inside, saves = False, []
    for line in lines[1:]:
        word, *rest = line.split()
        if word == ".subckt" or inside or word[0] == "A" or word == ".model":
            circuit.raw_spice += line + "\n"  # without an object in PySpice: definitions and XSPICE models
            inside = word != ".ends" and (inside or word == ".subckt")
        elif word == ".options":
            options = dict(pair.split("=") for pair in rest)
        elif word == ".save":
            saves.append(rest[0])
        elif word == ".tran":
            step, stop, _, longest = rest[:4]
        elif word[0] == "X":
            nodes = [part for part in rest if "=" not in part]
            given = dict(part.split("=") for part in rest if "=" in part)
            circuit.X(word[1:], nodes[-1], *nodes[:-1], **{key: float(value) for key, value in given.items()})
        elif word[0] == "C":
            circuit.C(word[1:], rest[0], rest[1], float(rest[2]))
        elif word[0] == "B":
            key, _, expression = " ".join(rest[2:]).partition("=")
            given = {"voltage_expression" if key == "V" else "current_expression": expression}
            circuit.B(word[1:], rest[0], rest[1], **given)
        elif word[0] == "V":
            circuit.V(word[1:], rest[0], rest[1], " ".join(rest[2:]))
        elif word != ".end":
            circuit.raw_spice += line + "\n"
    simulator = circuit.simulator(ngspice_shared=shared)
    simulator.options(**options)
    simulator.save(saves)
    analysis = simulator.transient(step_time=float(step), end_time=float(stop), max_time=float(longest))
    seconds = time.process_time() - begin
    if analysis is None:
        raise RuntimeError("PySpice gave no transient")
    return seconds


def by_solver(text: str) -> float:
    """Load the deck and run it; return the seconds of the run."""
    from vle_analog.simulator.engine import Engine

    engine = Engine()
    if engine._load(text):
        raise RuntimeError("ngspice cannot read the deck")
    begin = time.process_time()
    if engine.command("run"):
        raise RuntimeError("ngspice cannot run the deck")
    return time.process_time() - begin


def main() -> None:
    """Print the seconds."""
    way, deck = sys.argv[1], Path(sys.argv[2])
    os.chdir(deck.parent)
    text = deck.read_text(encoding="utf-8")
    seconds = by_pyspice(text.splitlines()) if way == "pyspice" else by_solver(text)
    sys.stdout.write(f"\nCPU {seconds:.6f}\n")


if __name__ == "__main__":
    main()
