"""What a training loop visited, read from the losses that it reports.

A loop is judged by its results, never by what it calls: on a training set of a few examples every order that an
epoch may take is tried with a step that is known to be right, all of them at once, and the loss after the epoch tells which of
them was taken. Where none fits, the usual mistakes are tried in the same way, and the one that fits is named.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks.closeness import note, note_chance
from utils.compare import CheckFailed, expect

TOLERANCE = 1e-5
State = Mapping[str, Any]  # arrays by name; of many ways at once these are stacked along the first axis
Rows = NDArray[np.intp]  # (ways, examples): of each way the examples in the order of their visits
Order = tuple[int, ...]


@dataclass(frozen=True)
class Loop:
    """Training on `n` examples in batches of `n_batch`, in many ways at once.

    step(state, rows, targets): the states after one update on the examples `rows` (ways, size); `targets` are the rows of
    their targets, the same numbers where pairs are kept. loss(state, rows): mean loss on these examples, one for each way.
    Where a state is not stacked, all ways begin with it.
    """

    n: int
    n_batch: int
    step: Callable[[State, Rows, Rows], State]
    loss: Callable[[State, Rows], Any]

    def whole(self, state: State) -> Any:
        """The loss on the whole training set, of each way."""
        return self.loss(state, np.arange(self.n))

    def after(self, state: State, rows: Rows, targets: Rows | None = None) -> State:
        """The states after visiting `rows` in batches, one way for each line."""
        targets = rows if targets is None else targets
        for first in range(0, rows.shape[1], self.n_batch):
            batch = slice(first, first + self.n_batch)
            state = self.step(state, rows[:, batch], targets[:, batch])
        return state


@functools.cache
def orders(n: int, n_batch: int) -> Rows:
    """Every way to visit `n` examples once in batches, one in each line; within a batch the order makes no difference."""
    return np.array(list(_orders(tuple(range(n)), n_batch)))


def _orders(rows: Order, n_batch: int) -> Iterator[Order]:
    if not rows:
        yield ()
    else:
        for batch in itertools.combinations(rows, min(n_batch, len(rows))):
            for others in _orders(tuple(row for row in rows if row not in batch), n_batch):
                yield batch + others


def read_epochs(loop: Loop, start: State, losses: Sequence[Any]) -> list[Order] | tuple[int, State]:
    """The order of each epoch, from the training losses after the epochs; for an epoch that did not visit every example
    once, its number and the state before it.
    """
    state, visited = start, []
    for k, seen in enumerate(map(float, losses)):
        distance, order, after = _nearest(loop, state, seen)
        note(distance / _allowed(seen), TOLERANCE)
        if not _near(distance, seen):
            return k, state
        visited.append(order)
        state = after
    return visited


def _nearest(loop: Loop, state: State, seen: float) -> tuple[float, Order, State]:
    """Of all epochs from a state the one whose loss is nearest to `seen`: its distance, its order, the state after it."""
    ways = orders(loop.n, loop.n_batch)
    after = loop.after(state, ways)
    distances = np.abs(loop.whole(after) - seen)
    best = int(np.where(np.isnan(distances), math.inf, distances).argmin())
    found = {name: values[best] for name, values in after.items()}
    return float(distances[best]), tuple(ways[best].tolist()), found


def check_visits(loop: Loop, start: State, losses: Sequence[Any], n_epochs: int) -> None:
    """Every epoch visits every example once with its own target, the short last batch included.

    Raises CheckFailed with what the losses look like. Choose four examples: the search for an explanation grows fast.
    """
    _check_length(losses, n_epochs)
    note_chance(0.0)  # every order is tried
    visited = read_epochs(loop, start, losses)
    if isinstance(visited, tuple):
        epoch, state = visited
        expect(
            not all(_near(abs(float(loop.whole(start)) - loss), loss) for loss in map(float, losses)),
            "The training loss stays what it is before the first update.",
            "It looks as if nothing was updated.",
            "What does an update leave, and who keeps it?",
        )
        raise _explained(loop, state, float(losses[epoch]), epoch)


def check_new_orders(loop: Loop, start: State, losses: Sequence[Any], n_epochs: int) -> None:
    """The epochs of a training do not all have the same order; raises CheckFailed."""
    _check_length(losses, n_epochs)
    visited = read_epochs(loop, start, losses)
    if isinstance(visited, tuple):
        raise CheckFailed(
            f"The training loss after epoch {visited[0] + 1} is not one that an epoch over the whole set can leave.",
            "No order of the examples explains it.",
            "Follow one epoch of a set of four examples.",
        )
    note_chance(_ways(loop) ** (1 - n_epochs))
    expect(
        len(set(visited)) > 1,
        f"All {len(visited)} epochs have the same batches.",
        "It looks like an order that is drawn once, or never.",
        "Where is the order drawn: before the epochs, or in each of them?",
        misconception="same_order_every_epoch",
    )
    expect(
        any(_batches(loop, order) != _batches(loop, tuple(range(loop.n))) for order in visited),
        "In every epoch the batches are those of the examples as they are given, in another sequence.",
        "It looks like batches that are cut first and shuffled then.",
        "What is shuffled: the examples, or the batches?",
        misconception="batches_shuffled_instead_of_examples",
    )


def check_seed(
    curves: Callable[[int], Mapping[str, list[float]]], loop: Loop, start: State, n_epochs: int
) -> None:
    """Trainings of `loop` over `n_epochs` take their order from the seed: `curves(seed)` of two with the same seed are
    equal, with another seed they differ, and not all of them begin with the order that is given. Raises CheckFailed.
    """
    first, second, other = (curves(seed) for seed in (11, 11, 12))
    expect(
        first == second,
        "Two trainings with the same seed have different curves.",
        "It looks like an order that does not come from the seed.",
        "Where does `seed` enter?",
        misconception="seed_ignored",
    )
    note_chance(_ways(loop) ** -n_epochs)
    expect(
        first != other,
        "Two trainings with different seeds have the same curves.",
        "It looks like a seed written into the code.",
        "Where does `seed` enter?",
    )
    note_chance(_ways(loop) ** -2)
    given = float(loop.whole(loop.after(start, np.arange(loop.n)[np.newaxis]))[0])
    expect(
        not all(_near(abs(made["loss_train"][0] - given), given) for made in (first, other)),
        "The first epoch visits the examples in the order in which they are given.",
        "It looks like a shuffle at the end of an epoch.",
        "What is the order of the first epoch, before anything was shuffled?",
        misconception="first_epoch_not_shuffled",
    )


def _check_length(losses: Sequence[Any], n_epochs: int) -> None:
    expect(
        len(losses) == n_epochs,
        f"The curves have {len(losses)} entries after {n_epochs} epochs.",
        "",
        "How many numbers does each list get in an epoch?",
    )


def _near(distance: float, seen: float) -> bool:
    return math.isfinite(distance) and distance <= _allowed(seen)


def _allowed(seen: float) -> float:
    return TOLERANCE * (1 + abs(seen))


def _explained(loop: Loop, state: State, seen: float, epoch: int) -> CheckFailed:
    for tag, looks_like, where, guesses in _mistakes(loop, state):
        if any(_near(abs(guess - seen), seen) for each in guesses for guess in np.ravel(each).tolist()):
            return CheckFailed(
                f"The training loss after epoch {epoch + 1} is not one that an epoch over the whole set can leave.",
                looks_like,
                where,
                misconception=tag,
            )
    return CheckFailed(
        f"The training loss after epoch {epoch + 1} is not one that an epoch over the whole set can leave.",
        "Either the batches are not what they should be, or the losses are not measured after the epoch.",
        "Print the indices of each batch for a set of four examples, and follow one update.",
    )


def _mistakes(loop: Loop, state: State) -> Iterator[tuple[str, str, str, Iterable[Any]]]:
    """Tag, looks like, where to look, and the losses that the mistake can leave; cheap ones first."""
    everything = np.arange(loop.n)[np.newaxis]
    yield (
        "measured_before_the_epoch",
        "It looks like the loss before the epoch's updates, or as if nothing was updated.",
        "At which point of the loop are the curves measured, and what does each update leave?",
        [loop.whole(state)],
    )
    yield (
        "one_update_per_epoch",
        "It looks like a single update per epoch.",
        "The batches are there to make many updates: where does `n_batch` enter?",
        [loop.whole(loop.step(state, everything, everything))],
    )
    yield (
        "short_batch_dropped",
        "It looks as if the last, shorter batch was left out.",
        "Count the examples of an epoch when the batch size does not divide their number.",
        [loop.whole(loop.after(state, _without_short_batch(loop)))],
    )
    yield (
        "average_of_the_batches",
        "It looks like a loss of the batches seen on the way.",
        "The curves are measured on whole sets with the parameters after the epoch.",
        _batch_losses(loop, state),
    )
    yield (
        "pairs_broken",
        "It looks as if examples met the targets of others.",
        "Print a row of X and of Y before and after the shuffle.",
        [loop.whole(loop.after(state, *_unpaired(loop)))],
    )
    yield (
        "drawn_with_replacement",
        "It looks as if an example was visited twice in an epoch, and another one not at all.",
        "Draw an order of all examples once per epoch, and cut it into batches.",
        [loop.whole(loop.after(state, _with_replacement(loop)))],
    )


def _ways(loop: Loop) -> float:
    """How many epochs there are, equally likely ones: orders that differ in some batch."""
    return math.factorial(loop.n) / math.prod(math.factorial(size) for size in _sizes(loop))


def _batches(loop: Loop, order: Order) -> set[frozenset[int]]:
    return {frozenset(order[k : k + loop.n_batch]) for k in range(0, loop.n, loop.n_batch)}


def _sizes(loop: Loop) -> list[int]:
    full, rest = divmod(loop.n, loop.n_batch)
    return [loop.n_batch] * full + [rest] * (rest > 0)


def _without_short_batch(loop: Loop) -> Rows:
    ways = orders(loop.n, loop.n_batch)
    return np.unique(ways[:, : loop.n - loop.n % loop.n_batch], axis=0)


def _batch_losses(loop: Loop, state: State) -> Iterator[Any]:
    """Mean over the batches, mean over the examples, and the last batch's loss before and after its update."""
    ways, losses, sizes = orders(loop.n, loop.n_batch), [], _sizes(loop)
    for end, size in zip(itertools.accumulate(sizes), sizes, strict=True):
        batch = ways[:, end - size : end]
        losses.append(loop.loss(state, batch))
        state = loop.step(state, batch, batch)
    yield np.mean(losses, axis=0)
    yield np.average(losses, axis=0, weights=sizes)
    yield losses[-1]
    yield loop.loss(state, batch)


def _unpaired(loop: Loop) -> tuple[Rows, Rows]:
    """Every order of the examples with every order of the targets."""
    ways, targets = orders(loop.n, loop.n_batch), np.array(list(itertools.permutations(range(loop.n))))
    return np.repeat(ways, len(targets), axis=0), np.tile(targets, (len(ways), 1))


def _with_replacement(loop: Loop) -> Rows:
    batches = [itertools.combinations_with_replacement(range(loop.n), size) for size in _sizes(loop)]
    return np.array([sum(way, ()) for way in itertools.product(*batches)])
