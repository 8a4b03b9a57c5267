"""The Python process that a click starts, in tests: `python -m tests.ribbonclick FOLDER`.

In Windows the interpreter gets the command itself and finds Excel by its window; here the command runs with xlwings
over the LibreOffice that the click came from. What the person answers and what was shown lies in files of the folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.unoengine import excel_over
from tests.unooffice import Office

PIPE, COMMAND, ANSWERS, SAID, DONE, LOG = "pipe", "command", "answers.json", "said.json", "done", "log"
"""Files of the folder, which is what the process and the test know of each other."""


def main(folder: Path) -> None:
    office = Office(folder, (folder / PIPE).read_text("ascii"))
    with excel_over(office) as app:
        if len(app.books):
            app.books.active.set_mock_caller()
        app.impl.answers += json.loads((folder / ANSWERS).read_text("utf-8"))
        exec((folder / COMMAND).read_text("ascii"), {})
        (folder / SAID).write_text(json.dumps(app.impl.said), "utf-8")
    office.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
