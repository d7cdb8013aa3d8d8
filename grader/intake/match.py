"""Which of the student's cells belongs to which cell of the instructor's notebook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from grader.intake.align import best_pairs, longest_rise
from grader.intake.model import Cell
from grader.intake.names import bare, functions, likeness, tidy, variables, words
from grader.intake.slots import Slot

ALIKE = 0.5
SAME_PLACE = 0.2


class Matching:
    """The student's cells sorted into slots, by the surest sign first.

    `claims` maps a slot's number to a cell's number, `slot_of` the other way; `copies` maps a cell
    that lost its slot to another one of the same grade_id to that slot.
    """

    def __init__(self, slots: list[Slot], cells: list[Cell]) -> None:
        self.slots, self.cells = slots, cells
        self.claims: dict[int, int] = {}
        self.slot_of: dict[int, int] = {}
        self.copies: dict[int, int] = {}
        self.texts = [tidy(cell.source) for cell in cells]
        self._names: dict[int, frozenset[str]] = {}
        self._words: dict[int, frozenset[str]] = {}
        self._definitions: dict[frozenset[str], bool] = {}
        self._answers = [slot for slot in slots if slot.names]
        self._released_texts = {slot.text for slot in slots}
        self._given_texts = {slot.text for slot in slots if slot.kind != "answer"}
        self._slot_of_id = {s.cell.id: n for n, s in enumerate(slots) if s.cell.get("id")}
        self._by_key({s.grade_id: n for n, s in enumerate(slots) if s.grade_id}, lambda cell: cell.grade_id)
        self._by_key(self._slot_of_id, lambda cell: cell.id or "")
        self._by_text()
        self._by_names()
        self._by_place()
        self._find_copies()

    def names(self, number: int) -> frozenset[str]:
        """What the cell of that number defines."""
        if number not in self._names:
            source = self.cells[number].source
            self._names[number] = functions(source) | variables(source)
        return self._names[number]

    def free(self) -> list[int]:
        """Numbers of the cells without a slot."""
        return [number for number in range(len(self.cells)) if number not in self.slot_of]

    def moved(self) -> set[int]:
        """Slots whose cells stand in another order than the instructor's."""
        slots = sorted(self.claims)
        kept = {slots[position] for position in longest_rise([self.claims[slot] for slot in slots])}
        return set(slots) - kept

    def _claim(self, slot: int, cell: int) -> None:
        self.claims[slot] = cell
        self.slot_of[cell] = slot

    def _by_key(self, slots: dict[str, int], key: Callable[[Cell], str]) -> None:
        """By grade_id or cell id, unless the cell's text says that it is another one."""
        found: dict[int, list[int]] = defaultdict(list)
        for number in self.free():
            slot = slots.get(key(self.cells[number]))
            if slot is not None and not self._mislabelled(slot, number):
                found[slot].append(number)
        for slot, numbers in sorted(found.items(), key=lambda item: len(item[1])):
            if slot not in self.claims:
                self._claim(slot, self._best(slot, numbers))
            self.copies.update((n, slot) for n in numbers if n not in self.slot_of)

    def _best(self, slot: int, numbers: Iterable[int]) -> int:
        """Of several cells the one that is written, then the last; of locked ones the untouched in its place."""
        target = self.slots[slot]

        def rank(number: int) -> tuple[int, bool, bool, int]:
            cell = self.cells[number]
            due_type = cell.cell_type == target.cell.cell_type
            if target.kind == "answer":
                return len(target.names & self.names(number)), target.holds(cell), due_type, number
            return int(self.texts[number] == target.text), due_type, self._in_place(slot, number), -number

        return max(numbers, key=rank)

    def _in_place(self, slot: int, number: int) -> bool:
        """Whether the cell stands between those of the nearest slots that are known."""
        before = next((self.claims[s] for s in range(slot - 1, -1, -1) if s in self.claims), -1)
        after = next(
            (self.claims[s] for s in range(slot + 1, len(self.slots)) if s in self.claims), len(self.cells)
        )
        return before < number < after

    def _mislabelled(self, slot: int, number: int) -> bool:
        """Whether the cell is plainly the one of another slot."""
        target, text = self.slots[slot], self.texts[number]
        if not bare(text, target.code) or text == target.text:
            return False
        if text in self._released_texts:
            return True
        if self.names(number) & target.names:
            return False
        own = self._words_of(number)
        strange = likeness(own, target.words) < ALIKE
        if strange and self._slot_of_id.get(self.cells[number].id, slot) != slot:
            return True
        if target.kind == "plain":
            return False
        if target.names and self._defined(target.names):
            return True
        if self._answers_another(number):
            return bool(target.names) or strange
        retyped = self.cells[number].cell_type != target.cell.cell_type
        return retyped and (bool(target.names - own) if target.kind == "answer" else strange)

    def _defined(self, names: frozenset[str]) -> bool:
        """Whether some code cell defines all the names."""
        if names not in self._definitions:
            self._definitions[names] = any(
                names <= self.names(n) for n, cell in enumerate(self.cells) if cell.cell_type == "code"
            )
        return self._definitions[names]

    def _answers_another(self, number: int) -> bool:
        """Whether the cell defines all that some answer must define."""
        return any(slot.names <= self.names(number) for slot in self._answers)

    def _by_text(self) -> None:
        """Untouched cells of the instructor's, in order."""
        where: dict[str, list[int]] = defaultdict(list)
        for number in self.free():
            where[self.texts[number]].append(number)
        for number, slot in enumerate(self.slots):
            if number not in self.claims and slot.kind != "answer" and slot.text and where.get(slot.text):
                self._claim(number, where[slot.text].pop(0))

    def _by_names(self) -> None:
        """Answers by the functions, classes or variables they define, at least half of them."""
        groups: dict[frozenset[str], list[int]] = defaultdict(list)
        for number, slot in enumerate(self.slots):
            if number not in self.claims and slot.names:
                groups[slot.names].append(number)
        for names, slots in groups.items():
            free = [n for n in self.free() if self.texts[n] not in self._given_texts]
            found = [n for n in free if 2 * len(names & self.names(n)) >= len(names)]
            if len(slots) == 1 and found:
                self._claim(slots[0], self._best(slots[0], found))
            elif found:
                for wanted, number in zip(slots, found[-len(slots) :], strict=False):
                    self._claim(wanted, number)

    def _by_place(self) -> None:
        """What is left by its place between cells that are known and kept their order."""
        known = sorted(set(self.claims) - self.moved())
        if not known:
            return
        edges = [(-1, -1), *((slot, self.claims[slot]) for slot in known), (len(self.slots), len(self.cells))]
        for (slot, cell), (next_slot, next_cell) in pairwise(edges):
            slots = [n for n in range(slot + 1, next_slot) if n not in self.claims]
            cells = [n for n in range(cell + 1, next_cell) if self._unknown(n)]
            if slots and cells:
                self._pair(slots, cells)

    def _unknown(self, number: int) -> bool:
        """Whether the cell is without a slot and no copy of the instructor's cells."""
        taken = number in self.slot_of or number in self.copies
        return not taken and self.texts[number] not in self._given_texts

    def _pair(self, slots: list[int], cells: list[int]) -> None:
        """Pairs up the slots and cells between two known neighbours."""
        same = [self.slots[s].cell.cell_type for s in slots] == [self.cells[c].cell_type for c in cells]

        def score(row: int, column: int) -> float:
            return self._likeness(slots[row], cells[column], same)

        for row, column in best_pairs(len(slots), len(cells), score):
            self._claim(slots[row], cells[column])

    def _likeness(self, slot: int, number: int, same: bool) -> float:
        """How well the cell fits the slot, 0 when it does not; `same`: the gap has as many cells as slots."""
        target, own = self.slots[slot], self._words_of(number)
        alike = likeness(own, target.words)
        retyped = self.cells[number].cell_type != target.cell.cell_type
        if target.kind == "answer":
            fits = target.names <= own if target.names else not retyped or alike >= ALIKE
            return ALIKE + alike if fits else 0.0
        if alike >= ALIKE:
            return alike
        return SAME_PLACE if same and target.kind == "plain" and not retyped else 0.0

    def _find_copies(self) -> None:
        """Copies of locked cells that carry no sign of it but their text."""
        locked = {slot.text: number for number, slot in enumerate(self.slots) if slot.kind == "locked"}
        for number in self.free():
            if self.texts[number] and self.texts[number] in locked:
                self.copies.setdefault(number, locked[self.texts[number]])

    def _words_of(self, number: int) -> frozenset[str]:
        if number not in self._words:
            self._words[number] = words(self.cells[number].source)
        return self._words[number]
