"""`reconciler explain`: a code, a kind's fields, or where each setting of an object comes from."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import json_option, no_color_option, path_option
from reconciler.cli.running import checked
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings

if TYPE_CHECKING:
    from reconciler.kinds.entry import Entry


@click.command("explain")
@click.argument("subject")
@click.argument("setting", required=False)
@path_option
@json_option
@no_color_option
def command(
    subject: str, setting: str | None, paths: tuple[Path, ...], as_json: bool, no_color: bool
) -> int:
    """Explain a code of a message, what a kind's fields mean, or an object's settings.

    For a kind (`ring_group`, `extension voicemail`) its fields, their defaults and what they take.
    For an address (`phone/london/lobby`) every value is printed with the layer, file and line
    that won, and what it won over. SETTING narrows it to one setting or section.
    """
    from reconciler.diagnostics.catalogue import CODES
    from reconciler.diagnostics.suggest import closest

    if "/" not in subject:
        from reconciler.cli.familiar import meant_by
        from reconciler.kinds import KINDS, SECTIONS
        from reconciler.views.machine import word_json
        from reconciler.views.terminal.kind import word_text

        code = CODES.get(subject)
        model = KINDS.get(subject) or SECTIONS.get(subject)
        if model is not None:
            click.echo(_kind(model, setting, as_json=as_json, no_color=no_color))
            return DONE
        if code is None:
            word = f"{subject} {setting}" if setting else subject
            if (found := meant_by(word) or meant_by(subject)) is not None:
                looks = look(no_color=no_color)
                click.echo(word_json(word, found) if as_json else word_text(found, looks))
                return DONE
            near = closest(subject, [*CODES, *KINDS, *SECTIONS])
            hint = f' Did you mean "{near}"?' if near else ""
            raise click.UsageError(f'There is no code or kind "{subject}".{hint}')
        if as_json:
            from reconciler.views.machine import code_json

            click.echo(code_json(code))
            return DONE
        click.echo(f"{code.severity}[{code.slug}]: {code.summary}\n")
        click.echo(click.wrap_text(code.explanation, 80, "  ", "  "))
        return DONE
    from reconciler.model.address import parse_address
    from reconciler.resolve.explain import explain
    from reconciler.views.machine import explain_json
    from reconciler.views.terminal.explain import explain_text

    at = surroundings(paths)
    declared = checked(paths, at, no_color=no_color, planned=False, brief=True)
    address = parse_address(subject)
    told = explain(declared.declarations, address, setting) if address is not None else None
    if told is None:
        near = closest(subject, [str(each) for each in declared.desired.resources])
        hint = f' Did you mean "{near}"?' if near else ""
        raise click.UsageError(f'"{subject}" is not declared.{hint}')
    if as_json:
        click.echo(explain_json(subject, told, declared.sources.texts))
    else:
        click.echo(explain_text(subject, told, declared.sources.texts, look(no_color=no_color)))
    return DONE


def _kind(model: "type[Entry]", setting: str | None, *, as_json: bool, no_color: bool) -> str:
    from reconciler.diagnostics.suggest import closest
    from reconciler.kinds.fields import common_fields, fields_of
    from reconciler.views.machine import kind_json
    from reconciler.views.terminal.kind import kind_text

    fields, common = fields_of(model.kind), common_fields()
    if setting is None:
        if as_json:
            return kind_json(model, (*fields, *common))
        return kind_text(model, fields, common, look(no_color=no_color))
    every = (*fields, *common)
    asked = [f for f in every if f"{f.path}.".replace("[]", "").startswith(f"{setting}.")]
    if not asked:
        near = closest(setting, [each.path for each in every])
        hint = f' Did you mean "{near}"?' if near else ""
        raise click.UsageError(f'{model.section} have no field "{setting}".{hint}')
    if as_json:
        return kind_json(model, asked)
    return kind_text(model, asked, (), look(no_color=no_color))
