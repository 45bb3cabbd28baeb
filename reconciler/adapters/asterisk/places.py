"""Places: in which files names stood, so that nobody has to look through all of them. Pure."""

from collections.abc import Iterable, Sequence


class Places:
    """Files by what stood in them: a name that was taken out stays noted until its file goes."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}
        self._names: dict[str, set[str]] = {}

    def note(self, file: str, names: Iterable[str]) -> None:
        """Remember that names stand in a file, beside those that are known to."""
        noted = self._names.setdefault(file, set())
        for name in {*names} - noted:
            self._files.setdefault(name, []).append(file)
            noted.add(name)

    def forget(self, file: str) -> None:
        """Take it that nothing stands in a file."""
        for name in self._names.pop(file, ()):
            self._files[name].remove(file)

    def of(self, name: str) -> Sequence[str]:
        """Return the files in which a name stood, in the order in which it was noted."""
        return self._files.get(name, ())
