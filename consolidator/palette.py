"""Font, colours and number formats of all we show, in workbooks and through the add-in; legible to the colour-blind."""

FONT = "Times New Roman"

INK, PAPER, PALE, LINE = "1F3864", "FFFFFF", "F2F2F2", "A6A6A6"
INPUT, OPTION, TITLE, HEAD = "FFF6C8", "FFFDF0", "1F4E79", "DDEBF7"
"""What must be typed is yellow, what may be added is paler."""
WRONG, DOUBT, FINE = "F4B183", "FFE699", "BDD7EE"
"""Orange for errors, yellow for warnings, blue for what holds: told apart by the colour-blind, never red/green."""

SERIES = {
    "done": {"color": TITLE, "ink": PAPER},
    "doubt": {"color": DOUBT, "ink": INK},
    "wrong": {"color": "C55A11", "ink": PAPER},
    "lacking": {"color": "C55A11", "ground": PAPER, "pattern": "wide_upward_diagonal", "ink": INK},
    "unknown": {"color": LINE, "ink": INK},
    "outlook": {"color": FINE, "ink": INK},
    "line": {"color": "C55A11", "ink": INK},
}
"""Bars and lines of charts: told apart by lightness and pattern alone; `ink` is the colour of figures on them."""
SCALE = {"low": WRONG, "middle": PAPER, "high": "9DC3E6"}
"""Colours of a heat map, from orange through white to blue."""

NUMBER_FORMATS = {
    "int": "#,##0",
    "money": "#,##0",
    "decimal": "#,##0.##",
    "percent": "#,##0.0",
    "date": "dd/mm/yyyy",
    "text": "@",
    "gap": '0;-0;"trống"',
}
