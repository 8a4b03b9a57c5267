"""Font, colours and number formats of all we show, in workbooks and through the add-in; legible to the colour-blind."""

FONT = "Times New Roman"

INK, PAPER, PALE, LINE = "1F3864", "FFFFFF", "F2F2F2", "A6A6A6"
INPUT, OPTION, TITLE, HEAD = "FFF6C8", "FFFDF0", "1F4E79", "DDEBF7"
"""What must be typed is yellow, what may be added is paler."""
WRONG, DOUBT, FINE = "F4B183", "FFE699", "BDD7EE"
"""Orange for errors, yellow for warnings, blue for what holds: told apart by the colour-blind, never red/green."""

NUMBER_FORMATS = {
    "int": "#,##0",
    "money": "#,##0",
    "decimal": "#,##0.##",
    "percent": "#,##0.0",
    "date": "dd/mm/yyyy",
    "text": "@",
}
