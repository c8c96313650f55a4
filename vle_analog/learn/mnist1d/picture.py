"""The picture of a training: accuracy on training and test data by epoch."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vle_analog.learn.mnist1d.settings import CLASSES
from vle_analog.learn.mnist1d.training import Epoch
from vle_analog.style import COLOURS, IDEAL, WIDTH, add_axes, heading, new_figure, styled


@styled
def accuracy_picture(history: Sequence[Epoch], title: str) -> Figure:
    """Draw both accuracies in per cent, with the last test accuracy at its end."""
    figure = new_figure(3.4)
    axes = add_axes(figure, 0.75, 0.75, WIDTH - 1.6, 2.1)
    epochs = range(1, len(history) + 1)
    test = [100 * epoch.test.accuracy for epoch in history]
    axes.plot(
        epochs,
        [100 * epoch.train.accuracy for epoch in history],
        color=IDEAL,
        linewidth=0.9,
        label="training, while the weights move",
    )
    axes.plot(epochs, test, color=COLOURS[0], linewidth=1.6, marker="o" if len(history) == 1 else "", label="test")
    axes.annotate(
        f"{test[-1]:.1f} %",
        (len(history), test[-1]),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=COLOURS[0],
        weight="bold",
    )
    axes.axhline(100 / CLASSES, color="0.6", linewidth=0.7, linestyle=":", label="chance")
    axes.set_xlim(1, max(2, len(history)))
    axes.set_ylim(0, 100)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch")
    axes.set_ylabel("classified correctly (%)")
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0, handlelength=2.0)
    heading(figure, title, 0.75)
    return figure
