"""How rows find residents: by telephone, or by name among those of the premise."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from kvartal.bulk import RowOutcome
from kvartal.housing.registration.ledger import Entry, Values, Verdict, rejected
from kvartal.housing.registration.rules import address_key
from kvartal.housing.rules import NameRequired

__all__ = ["Residents"]


class Residents:
    """The residents of an organization that a call may mean, and where they live.

    A telephone names a resident; without one it is the name among those of the premise.
    """

    def __init__(
        self,
        entries: Mapping[UUID, Entry],
        homes: Collection[tuple[UUID, UUID]],
        new_id: Callable[[], UUID],
    ) -> None:
        self.entries = dict(entries)
        self._new_id = new_id
        self.new_homes: list[tuple[UUID, UUID]] = []
        self._homes: set[tuple[UUID, UUID]] = set()
        self._by_phone: dict[object, Entry] = {}
        self._by_name: dict[tuple[UUID, str], list[Entry]] = {}
        for entry in self.entries.values():
            self._call(entry)
        for resident_id, premise_id in homes:
            self._settle(self.entries[resident_id], premise_id)

    def apply(self, row: Values) -> Verdict:
        """Let one row make or change a resident, and let them live in its premise."""
        premise = row["premise_id"]
        assert isinstance(premise, UUID)
        entry = self._by_phone.get(row["phone"]) or self._namesake(row, premise)
        if entry is not None:
            changed = self._change(entry, row, premise)
            return Verdict(RowOutcome.UPDATED if changed else RowOutcome.UNCHANGED, entry.id)
        if "full_name" not in row:
            return rejected(NameRequired(path=("full_name",)))
        entry = Entry(self._new_id(), {"full_name": row["full_name"], "phone": None})
        self.entries[entry.id] = entry
        self._change(entry, row, premise)
        return Verdict(RowOutcome.CREATED, entry.id)

    def _namesake(self, row: Values, premise: UUID) -> Entry | None:
        """Who lives in the premise under the name, and has no telephone that is another one."""
        found = self._by_name.get((premise, address_key(str(row.get("full_name", "")))), ())
        phone = row["phone"]
        return next((each for each in found if None in {phone, each.values["phone"]}), None)

    def _change(self, entry: Entry, row: Values, premise: UUID) -> bool:
        values = {
            "full_name": row.get("full_name", entry.values["full_name"]),
            "phone": row["phone"] or entry.values["phone"],
        }
        moves_in, differs = (entry.id, premise) not in self._homes, values != entry.values
        entry.values.update(values)
        self._call(entry)
        if moves_in:
            self._settle(entry, premise)
            self.new_homes.append((entry.id, premise))
        return moves_in or differs

    def _call(self, entry: Entry) -> None:
        if entry.values["phone"] is not None:
            self._by_phone[entry.values["phone"]] = entry

    def _settle(self, entry: Entry, premise: UUID) -> None:
        self._homes.add((entry.id, premise))
        name = address_key(str(entry.values["full_name"]))
        self._by_name.setdefault((premise, name), []).append(entry)
