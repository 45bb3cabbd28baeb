"""Capacity: lines, keys and modules that a model does not have are said with their positions."""

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.place import Place
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.sheet import Sheet


def check_capacity(phone: Phone, sheet: Sheet) -> None:
    """Say what goes beyond the model, and let it count as dealt with."""
    _check_accounts(phone, sheet)
    _check_modules(phone, sheet)
    _check_keys(phone, sheet)


def _check_accounts(phone: Phone, sheet: Sheet) -> None:
    most = phone.model.accounts
    for account in phone.accounts:
        if account.number > most:
            _beyond(
                phone, sheet, "accounts", account.source,
                f"line {account.number} is beyond its {_count(most, 'account')}",
            )  # fmt: skip


def _check_modules(phone: Phone, sheet: Sheet) -> None:
    most = phone.model.modules
    place = phone.place.at("expansion_modules")
    if len(phone.modules) > most:
        said = "takes no expansion module" if not most else f"takes {most} at most"
        _report(phone, sheet, "modules", f"{len(phone.modules)} expansion modules, and it {said}",
                place.at(most))  # fmt: skip
    known = phone.model.module_models
    for index, name in enumerate(phone.modules[:most]):
        if known and name.upper() not in known:
            _report(phone, sheet, "module_models", f"it does not take a {name}", place.at(index))


def _check_keys(phone: Phone, sheet: Sheet) -> None:
    for key in phone.keys or ():
        if key.module > max(len(phone.modules), 0):
            _beyond(phone, sheet, "", key.source,
                    f"the key is on expansion module {key.module}, and the phone has "
                    f"{len(phone.modules)} in expansion_modules")  # fmt: skip
            continue
        most = phone.model.module_keys if key.module else phone.model.keys
        if key.number > most:
            where = f"expansion module {key.module}" if key.module else "it"
            figure = "module_keys" if key.module else "keys"
            why = f"key {key.number} is beyond the {_count(most, 'key')} that {where} has"
            _beyond(phone, sheet, figure, key.source, why)
        if key.account > phone.model.accounts:
            _beyond(phone, sheet, "accounts", f"{key.source}.on_line",
                    f"the key dials with line {key.account}, and it has "
                    f"{_count(phone.model.accounts, 'account')}")  # fmt: skip


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _beyond(phone: Phone, sheet: Sheet, figure: str, source: str, why: str) -> None:
    origin = phone.declared.get(source)
    _report(phone, sheet, figure, why, origin.place if origin else phone.place)
    if figure not in phone.model.weak:
        sheet.claim(source, *(each for each in phone.declared if each.startswith(f"{source}.")))


def _report(phone: Phone, sheet: Sheet, figure: str, why: str, place: Place) -> None:
    weak = figure in phone.model.weak
    sheet.add(
        found(
            "beyond-model",
            f"{phone.title}: {why}.",
            place,
            hint="no firm source confirms this figure of the model: check it on the phone"
            if weak
            else None,
            severity="warning" if weak else "error",
        )
    )


def fits(phone: Phone, module: int, number: int) -> bool:
    """Whether the model has a key, or may have it."""
    figure = "module_keys" if module else "keys"
    most = phone.model.module_keys if module else phone.model.keys
    return number <= most or figure in phone.model.weak
