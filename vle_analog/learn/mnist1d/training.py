"""The epochs: training on shuffled batches with a weight change in every time step, each followed by a test."""

from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

import numpy as np

from vle_analog.learn.mnist1d.cells import cells
from vle_analog.learn.mnist1d.data import Examples
from vle_analog.learn.mnist1d.dynamics import Dynamics
from vle_analog.learn.mnist1d.elementwise import LEAST, MEAN, SQUARE, elementwise
from vle_analog.learn.mnist1d.parameters import Parameters
from vle_analog.learn.mnist1d.settings import CLASSES, Settings
from vle_analog.progress import Progress


class Adam:
    """The state of Adam: running mean and mean square of the direction."""

    def __init__(self, size: int):
        self.mean = np.zeros(size, np.float32)
        self.square = np.zeros(size, np.float32)
        self.steps = 0

    def step(self, values: np.ndarray, direction: np.ndarray, rate: float) -> None:
        """Take one step uphill along `direction`, of about `rate` per entry."""
        self.steps += 1
        unbiased = sqrt(1 - float(SQUARE) ** self.steps)
        rate *= unbiased / (1 - float(MEAN) ** self.steps)
        elementwise().adam(values, direction, self.mean, self.square, np.float32(LEAST * unbiased), np.float32(rate))


class Score(NamedTuple):
    """Cross entropy, averaged over time and examples, and the fraction of correctly classified examples."""

    loss: float
    accuracy: float


class Epoch(NamedTuple):
    """The scores of one epoch: during training, while the weights change, and on the test data afterwards."""

    train: Score
    test: Score


@dataclass(eq=False)
class Training:
    """The complete state of training, and thus the content of a checkpoint.

    The order of the examples is drawn from seed and epoch: no state of a generator needs to be stored.
    """

    settings: Settings
    parameters: Parameters
    adam: Adam
    history: list[Epoch] = field(default_factory=list)

    def run_epoch(self, examples: Examples, progress: Progress = lambda _: None) -> Epoch:
        """Train for one epoch, test, and append the result to `history`."""
        batch, count = self.settings.batch, len(examples.train)
        order = np.random.default_rng([self.settings.seed, len(self.history)]).permutation(count)
        direction = new_parameters(self.settings)
        law = cells(self.settings)
        batches = np.array_split(order, range(batch, count, batch))
        scores = []
        for index, chosen in enumerate(batches):
            network = Dynamics(law, self.parameters, len(chosen))
            rate = learning_rate(self.settings, len(self.history) + index / len(batches))
            scores.append(
                run_batch(network, examples.train[chosen], examples.train_class[chosen], (self.adam, direction, rate))
            )
            progress((index + 1) / len(batches))
        sizes = [len(chosen) for chosen in batches]
        train = Score(*(float(value) for value in np.average(scores, axis=0, weights=sizes)))
        network = Dynamics(law, self.parameters, len(examples.test))
        self.history.append(Epoch(train, run_batch(network, examples.test, examples.test_class)))
        return self.history[-1]


def new_training(settings: Settings) -> Training:
    """Return the initial training."""
    parameters = new_parameters(settings)
    parameters.draw(settings.seed)
    return Training(settings, parameters, Adam(parameters.values.size))


def new_parameters(settings: Settings) -> Parameters:
    """Return weights and biases of the network, all zero."""
    return Parameters(settings.layers, settings.neurons.width, CLASSES)


def learning_rate(settings: Settings, epoch: float) -> float:
    """Return Adam's rate; it falls exponentially from `learning_rate dt`, by `fall` over all epochs."""
    return settings.neurons.learning_rate * settings.dt * settings.fall ** (-epoch / settings.epochs)


def run_batch(
    network: Dynamics, signals: np.ndarray, classes: np.ndarray, learn: tuple[Adam, Parameters, float] | None = None
) -> Score:
    """Present signals to the network sample by sample.

    The prediction is the class with the largest output, integrated over the whole example.

    **Arguments:**

    - `signals`: shape `(batch, steps)`; `classes`: shape `(batch,)`.
    - `learn`: optimiser, workspace for the direction, and rate; `None` leaves the weights unchanged.

    **Returns:** cross entropy, averaged over time and examples, and accuracy.
    """
    at = classes, np.arange(len(classes))
    target, integral = np.zeros_like(network.output), np.zeros_like(network.output)
    target[at] = 1.0
    network.reset()
    loss = 0.0
    for x in np.ascontiguousarray(signals.T):
        if learn is not None:
            adam, direction, rate = learn
            network.step_errors(target)
            network.direction(x, direction)
        network.step_rates(x)
        if learn is not None:
            adam.step(network.parameters.values, direction.values, rate)
        integral += network.output
        loss -= float(np.mean(np.log(np.maximum(network.probabilities()[at], np.finfo(np.float32).tiny))))
    right = integral.argmax(axis=0) == classes
    return Score(loss / signals.shape[1], float(right.mean()))
