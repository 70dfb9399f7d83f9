"""A comparison as text for documents: GitHub markdown, and LaTeX tables in the style of booktabs."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.analysis.comparison import Comparison
from cotbench.analysis.markdown import markdown_cell, markdown_table
from cotbench.analysis.notes import counted
from cotbench.analysis.sheets import all_sheets, reference_notes


def as_markdown(comparison: Comparison) -> str:
    """Return the comparison as GitHub markdown: its tables, problems won and lost, notes."""
    parts = [markdown_cell(f"**{comparison.benchmark}**{_scope(comparison)}")]
    for sheet in all_sheets(comparison):
        parts += [f"{markdown_cell(sheet.title)}.", markdown_table(sheet.heads, sheet.rows)]
    parts += [markdown_cell(line) for line in _won_and_lost(comparison)]
    notes = _notes(comparison)
    if notes:
        parts.append("\n".join(f"- {markdown_cell(note)}" for note in notes))
    return "\n\n".join(parts) + "\n"


def as_latex(comparison: Comparison) -> str:
    """Return the comparison as LaTeX: one `table` per sheet with a caption and a label, then notes as comments.

    It needs `\\usepackage{booktabs}` and UTF-8, which is the default since 2018.
    """
    heading = f"{comparison.benchmark}{_scope(comparison)}"
    parts = [f"% cotbench compare: {_one_line(heading)}\n% \\usepackage{{booktabs}}"]
    for sheet in all_sheets(comparison):
        columns = "l" + "r" * (len(sheet.heads) - 1)
        lines = [_latex_row(sheet.heads), r"\midrule", *(_latex_row(row) for row in sheet.rows)]
        parts.append(
            "\n".join(
                [
                    r"\begin{table}",
                    r"\centering",
                    rf"\caption{{{_latex(heading)}. {_latex(sheet.title)}.}}",
                    rf"\label{{tab:{sheet.name}}}",
                    rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
                    r"\toprule",
                    *lines,
                    r"\bottomrule",
                    r"\end{tabular}",
                    r"\end{table}",
                ]
            )
        )
    parts.append("\n".join(f"% {_one_line(line)}" for line in [*_won_and_lost(comparison), *_notes(comparison)]))
    return "\n\n".join(parts) + "\n"


def _scope(comparison: Comparison) -> str:
    simulated = " [simulated]" if comparison.simulated else ""
    return f"{comparison.scope}{simulated}, {counted(len(comparison.problems), 'common problem')}"


def _won_and_lost(comparison: Comparison) -> list[str]:
    return [
        f"{pair.run} against {pair.baseline}: won {len(pair.won)}{_listed(pair.won)}, "
        f"lost {len(pair.lost)}{_listed(pair.lost)}."
        for pair in comparison.pairs
    ]


def _notes(comparison: Comparison) -> list[str]:
    notes = list(comparison.notes)
    if comparison.budgets is not None:
        notes += comparison.budgets.notes
    notes += [f"{row.run}, k = {row.k}: {row.note}" for row in comparison.extrapolated if row.note]
    if comparison.reference is not None:
        notes += reference_notes(comparison.reference)
    return notes


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "−": r"$-$",
    "–": "--",
    # A bracket that begins a row would be read as the option of the line break before it.
    "[": "{[}",
    "]": "{]}",
}


def _latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in _one_line(text))


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(_latex(cell) for cell in cells) + r" \\"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _listed(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names else ""
