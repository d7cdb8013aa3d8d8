"""What a training loop visited, read from the losses that it reports.

A loop is judged by its results, never by what it calls: on a training set of a few examples every order that an
epoch may take is tried with a step that is known to be right, and the loss after the epoch tells which of them was
taken. Where none fits, the usual mistakes are tried in the same way, and the one that fits is named.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.closeness import note, note_chance
from utils.compare import CheckFailed, expect

TOLERANCE = 1e-5
CERTAIN = 1e-12  # no other order need be tried
Batches = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Loop:
    """Training on `n` examples in batches of `n_batch`.

    step(state, rows, targets): the state after one update on the examples `rows`; `targets` are the rows of their
    targets, the same numbers where pairs are kept. loss(state, rows): mean loss on these examples.
    """

    n: int
    n_batch: int
    step: Callable[[Any, Sequence[int], Sequence[int]], Any]
    loss: Callable[[Any, Sequence[int]], float]

    def whole(self, state: Any) -> float:
        """The loss on the whole training set."""
        return float(self.loss(state, range(self.n)))

    def epochs(self, state: Any, rows: Sequence[int] | None = None) -> Iterator[tuple[Batches, Any]]:
        """Every way to visit `rows` (default all) once in batches, and the state after it."""
        rows = range(self.n) if rows is None else rows
        if not rows:
            yield (), state
            return
        for batch in itertools.combinations(rows, min(self.n_batch, len(rows))):
            rest = [row for row in rows if row not in batch]
            for others, after in self.epochs(self.step(state, batch, batch), rest):
                yield (batch, *others), after


def read_epochs(loop: Loop, start: Any, losses: Sequence[Any]) -> list[Batches] | tuple[int, Any]:
    """The batches of each epoch, from the training losses after the epochs; for an epoch that did not visit every
    example once, its number and the state before it.
    """
    state, visited = start, []
    for k, seen in enumerate(map(float, losses)):
        distance, batches, after = _nearest(loop, state, seen)
        note(distance / _allowed(seen), TOLERANCE)
        if not _near(distance, seen):
            return k, state
        visited.append(batches)
        state = after
    return visited


def _nearest(loop: Loop, state: Any, seen: float) -> tuple[float, Batches, Any]:
    """Of all epochs from a state the one whose loss is nearest to `seen`: its distance, its batches, the state after it."""
    best: tuple[float, Batches, Any] = math.inf, (), state
    for batches, after in loop.epochs(state):
        distance = abs(loop.whole(after) - seen)
        if distance < best[0]:
            best = distance, batches, after
        if distance < CERTAIN:
            break
    return best


def check_visits(loop: Loop, start: Any, losses: Sequence[Any], n_epochs: int) -> None:
    """Every epoch visits every example once with its own target, the short last batch included.

    Raises CheckFailed with what the losses look like. Choose four examples: the search for an explanation grows fast.
    """
    _check_length(losses, n_epochs)
    note_chance(0.0)  # every order is tried
    visited = read_epochs(loop, start, losses)
    if isinstance(visited, tuple):
        epoch, state = visited
        expect(
            not all(_near(abs(loop.whole(start) - loss), loss) for loss in map(float, losses)),
            "The training loss stays what it is before the first update.",
            "It looks as if nothing was updated.",
            "What does an update leave, and who keeps it?",
        )
        raise _explained(loop, state, float(losses[epoch]), epoch)


def check_new_orders(loop: Loop, start: Any, losses: Sequence[Any], n_epochs: int) -> None:
    """The epochs of a training do not all have the same order; raises CheckFailed."""
    _check_length(losses, n_epochs)
    orders = read_epochs(loop, start, losses)
    if isinstance(orders, tuple):
        raise CheckFailed(
            f"The training loss after epoch {orders[0] + 1} is not one that an epoch over the whole set can leave.",
            "No order of the examples explains it.",
            "Follow one epoch of a set of four examples.",
        )
    note_chance(_ways(loop) ** (1 - n_epochs))
    expect(
        len(set(orders)) > 1,
        f"All {len(orders)} epochs have the same batches.",
        "It looks like an order that is drawn once, or never.",
        "Where is the order drawn: before the epochs, or in each of them?",
        misconception="same_order_every_epoch",
    )


def check_seed(curves: Callable[[int], Any], loop: Loop, n_epochs: int) -> None:
    """Trainings of `loop` over `n_epochs` take their order from the seed: `curves(seed)` of two with the same seed are
    equal, with another seed they differ. Raises CheckFailed.
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


def _explained(loop: Loop, state: Any, seen: float, epoch: int) -> CheckFailed:
    for tag, looks_like, where, guesses in _mistakes(loop, state):
        if any(_near(abs(guess - seen), seen) for guess in guesses):
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


def _mistakes(loop: Loop, state: Any) -> Iterator[tuple[str, str, str, Iterator[float]]]:
    """Tag, looks like, where to look, and the losses that the mistake can leave; cheap ones first."""
    everything = range(loop.n)
    yield (
        "measured_before_the_epoch",
        "It looks like the loss before the epoch's updates, or as if nothing was updated.",
        "At which point of the loop are the curves measured, and what does each update leave?",
        iter([loop.whole(state)]),
    )
    yield (
        "one_update_per_epoch",
        "It looks like a single update per epoch.",
        "The batches are there to make many updates: where does `n_batch` enter?",
        iter([loop.whole(loop.step(state, everything, everything))]),
    )
    yield (
        "short_batch_dropped",
        "It looks as if the last, shorter batch was left out.",
        "Count the examples of an epoch when the batch size does not divide their number.",
        _without_short_batch(loop, state),
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
        (loop.whole(after) for after in _unpaired(loop, state, list(everything), list(everything))),
    )
    yield (
        "drawn_with_replacement",
        "It looks as if an example was visited twice in an epoch, and another one not at all.",
        "Draw an order of all examples once per epoch, and cut it into batches.",
        (loop.whole(after) for after in _with_replacement(loop, state, _sizes(loop))),
    )


def _ways(loop: Loop) -> float:
    """How many epochs there are, equally likely ones: orders that differ in some batch."""
    return math.factorial(loop.n) / math.prod(math.factorial(size) for size in _sizes(loop))


def _sizes(loop: Loop) -> list[int]:
    full, rest = divmod(loop.n, loop.n_batch)
    return [loop.n_batch] * full + [rest] * (rest > 0)


def _without_short_batch(loop: Loop, state: Any) -> Iterator[float]:
    size = loop.n - loop.n % loop.n_batch
    for rows in itertools.combinations(range(loop.n), size):
        for _, after in loop.epochs(state, rows):
            yield loop.whole(after)


def _batch_losses(loop: Loop, state: Any) -> Iterator[float]:
    """Mean over the batches, mean over the examples, and the last batch's loss before and after its update."""
    for batches, after in loop.epochs(state):
        losses, now = [], state
        for batch in batches:
            losses.append(float(loop.loss(now, batch)))
            now = loop.step(now, batch, batch)
        yield sum(losses) / len(losses)
        yield sum(loss * len(batch) for loss, batch in zip(losses, batches, strict=True)) / loop.n
        yield losses[-1]
        yield float(loop.loss(after, batches[-1]))


def _unpaired(loop: Loop, state: Any, rows: list[int], targets: list[int]) -> Iterator[Any]:
    if not rows:
        yield state
        return
    size = min(loop.n_batch, len(rows))
    for batch in itertools.combinations(rows, size):
        for other in itertools.permutations(targets, size):
            left = [t for t in targets if t not in other]
            yield from _unpaired(
                loop, loop.step(state, batch, other), [row for row in rows if row not in batch], left
            )


def _with_replacement(loop: Loop, state: Any, sizes: list[int]) -> Iterator[Any]:
    if not sizes:
        yield state
        return
    for batch in itertools.combinations_with_replacement(range(loop.n), sizes[0]):
        yield from _with_replacement(loop, loop.step(state, batch, batch), sizes[1:])
