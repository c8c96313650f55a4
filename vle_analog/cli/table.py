"""Tables on the terminal, all of one make; rich is loaded only where there is one."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

NARROWEST = 110  # columns: rather a long line than a number cut short


def show_table(
    title: str,
    columns: Sequence[str],
    rows: "Iterable[Sequence[str | Text]]",
    left: Collection[int] = (0,),
    width: int = NARROWEST,
    fold: bool = False,
) -> None:
    """Prints a table on as many columns as the terminal has, but at least `width`.

    **Arguments:**

    - `rows`: texts as they are, or with a style of their own.
    - `left`: which columns are words, and stand to the left; the others are numbers.
    - `fold`: whether long cells are broken into lines, rather than the table made wide.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console = Console(width=max(console.width, width))
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        justify = "left" if number in left else "right"
        table.add_column(Text(column), justify=justify, no_wrap=not fold, overflow="fold" if fold else "ellipsis")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    console.print(Text(title, style="italic"), soft_wrap=True)
    console.print(table)
