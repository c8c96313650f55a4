"""The verb `mnist1d`: a long training that can be interrupted and goes on where it stopped."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vle_analog.cli.options import JsonOption, QuietOption, output_folder
from vle_analog.cli.show import Shown

if TYPE_CHECKING:
    from vle_analog.learn.mnist1d.training import Epoch


def mnist1d(
    size: Annotated[str, typer.Option("--size", metavar="SIZE", help="Parameters of the network: 42k | 15k.")] = "42k",
    epochs: Annotated[int, typer.Option("--epochs", metavar="N", help="Passes over the training data.")] = 150,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of initial weights and order of examples.")] = 1,
    output: Annotated[Path | None, output_folder("out/mnist1d_SIZE_SEED", "Folder for results.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on from the checkpoint in the folder, or start again.")
    ] = True,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Train a deep network online on MNIST-1D, for about an hour.

    Its neurons are slow and fast. A training that was interrupted goes on where it stopped.
    """
    from vle_analog.learn.mnist1d import Settings, train_mnist1d

    size = size.lower()
    settings = Settings(size=size, epochs=epochs, seed=seed)
    folder = output or Path("out") / f"mnist1d_{size}_{seed}"

    def on_epoch(number: int, epoch: "Epoch") -> None:
        if not as_json and not quiet:
            typer.echo(
                f"epoch {number:>3}/{epochs}  training {epoch.train.accuracy:6.1%}  test {epoch.test.accuracy:6.1%}",
                err=True,
            )

    try:
        with Shown(as_json, quiet) as shown:
            done = train_mnist1d(settings, folder, fresh=not resume, progress=shown.progress, on_epoch=on_epoch)
    except KeyboardInterrupt:
        typer.echo(f"the same command goes on from the last epoch in {folder}", err=True)
        raise
    final = done.summary
    shown.result(
        final,
        lambda: print(
            f"{final['parameters']} parameters, {final['epochs']} epochs: test accuracy {final['test_accuracy']:.1%}\n"
            f"results: {folder}"
        ),
    )
