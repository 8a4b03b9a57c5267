Attribute VB_Name = "Callbacks"
Option Explicit

' One callback for each button of customUI14.xml, one function of consolidator/addin.py for each callback.
' Their names begin with CongDoan, for Excel mixes up callbacks of the same name in two open files.
' No logic here; the text is pure ASCII because VBA keeps its source in a code page.

Public Sub CongDoanCheck(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.check()"
End Sub

Public Sub CongDoanPreviousError(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.previous_error()"
End Sub

Public Sub CongDoanNextError(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.next_error()"
End Sub

Public Sub CongDoanClearMarks(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.clear_marks()"
End Sub

Public Sub CongDoanExplain(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.explain()"
End Sub

Public Sub CongDoanNormalise(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.normalise()"
End Sub

Public Sub CongDoanApplyFixes(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.apply_fixes()"
End Sub

Public Sub CongDoanUndoFixes(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.undo_fixes()"
End Sub

Public Sub CongDoanSubmit(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.submit()"
End Sub

Public Sub CongDoanConsolidate(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.consolidate()"
End Sub

Public Sub CongDoanStop(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.stop()"
End Sub

Public Sub CongDoanOpenReport(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.open_report()"
End Sub

Public Sub CongDoanShowHelp(control As IRibbonControl)
    RunPython "import consolidator.addin; consolidator.addin.show_help()"
End Sub
