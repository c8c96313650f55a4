"""Writes logs/library/*.txt and logs/program/*.txt: what ngspice prints for each deck of decks/.

Run by hand after a change of the decks, or to add another version of ngspice.
"""

import re
from pathlib import Path

from vle_analog.netlist.deck import Deck
from vle_analog.simulator.batch import BatchBackend
from vle_analog.simulator.worker_process import WorkerProcess

HERE = Path(__file__).parent
PASSING = re.compile(r"seconds|DRAM|program size|pages|Stack|raw file")


def record() -> None:
    """Run every deck in both."""
    worker, program = WorkerProcess(), BatchBackend()
    for path in sorted((HERE / "decks").glob("*.cir")):
        title, *cards = path.read_text().splitlines()
        deck = Deck(title.removeprefix("* "), tuple(card for card in cards if card != ".end"), {}, None, ())
        for kind, engine in (("library", worker.run), ("program", program.engine)):
            lines = [line.rstrip() for line in engine(deck, 60.0, None).lines if not PASSING.search(line)]
            target = HERE / "logs" / kind / f"{path.stem}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(lines) + "\n")
    worker.kill()
    program.close()


if __name__ == "__main__":
    record()
