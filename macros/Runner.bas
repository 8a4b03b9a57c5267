Attribute VB_Name = "Runner"
Option Explicit
Option Private Module

' Starts Python for a button: a hardened and much shortened copy of xlwings_custom_addin.bas of xlwings 0.37.8.
' What it leaves out, and why, is told in macros/README.md. In short: it heeds nothing of the open workbook.
'
'xlwings is distributed under a BSD 3-clause license.
'
'Copyright (C) 2014-present, Zoomer Analytics LLC.
'All rights reserved.
'
'Redistribution and use in source and binary forms, with or without modification,
'are permitted provided that the following conditions are met:
'
'* Redistributions of source code must retain the above copyright notice, this
'  list of conditions and the following disclaimer.
'
'* Redistributions in binary form must reproduce the above copyright notice, this
'  list of conditions and the following disclaimer in the documentation and/or
'  other materials provided with the distribution.
'
'* Neither the name of the copyright holder nor the names of its
'  contributors may be used to endorse or promote products derived from
'  this software without specific prior written permission.
'
'THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
'ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
'WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
'DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR
'ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
'(INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
'LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON
'ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
'(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
'SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

Private Const SETTINGS As String = "%LOCALAPPDATA%\CongDoan\congdoan.conf"
Private Const KEY As String = "INTERPRETER="
Private Const TITLE As String = "title"

Public Sub RunPython(ByVal PythonCommand As String)
    ' Runs the command in Python and waits for it; if that cannot be done, says in one sentence what to do.
    Dim Trouble As String
    #If Mac Then
        Trouble = "not-windows"
    #Else
        Trouble = TroubleOf(PythonCommand)
    #End If
    If Trouble <> "" Then Say Trouble
End Sub

Private Function TroubleOf(ByVal PythonCommand As String) As String
    ' Key of the sentence for the step that failed, empty if Python ended well. Never lets an error out.
    Dim Host As Object, Files As Object, SettingsPath As String, Interpreter As String
    TroubleOf = "not-started"
    On Error GoTo Failed
    Application.StatusBar = False
    Set Host = CreateObject("WScript.Shell")
    Set Files = CreateObject("Scripting.FileSystemObject")

    TroubleOf = "no-settings"
    SettingsPath = Host.ExpandEnvironmentStrings(SETTINGS)
    If Not IsFileInFull(Files, SettingsPath) Then Exit Function
    Interpreter = InterpreterIn(Files, SettingsPath)

    TroubleOf = "no-python"
    If Not IsFileInFull(Files, Interpreter) Then Exit Function

    TroubleOf = "python-failed"
    If RunInItsFolder(Host, Files.GetParentFolderName(Interpreter), CommandLine(Interpreter, PythonCommand)) = 0 Then TroubleOf = ""
Failed:
End Function

Private Function CommandLine(ByVal Interpreter As String, ByVal PythonCommand As String) As String
    ' -P: the current folder is not on sys.path; -B: writes no compiled files beside the program.
    CommandLine = """" & Interpreter & """ -P -B -c """ & PythonCommand & """ --from_xl=1 --hwnd=" & CStr(Application.Hwnd)
End Function

Private Function RunInItsFolder(ByVal Host As Object, ByVal Folder As String, ByVal CommandText As String) As Long
    ' Exit code of a hidden process that was waited for. Excel's current folder is often the one of the open
    ' workbook, and Windows looks for libraries there: so the process starts in the interpreter's own folder.
    Dim Before As String
    Before = Host.CurrentDirectory
    Host.CurrentDirectory = Folder
    On Error GoTo Back
    RunInItsFolder = -1
    RunInItsFolder = Host.Run(CommandText, 0, True)
Back:
    On Error Resume Next
    Host.CurrentDirectory = Before
End Function

Private Function InterpreterIn(ByVal Files As Object, ByVal SettingsPath As String) As String
    ' Reads UTF-16, for names of Vietnamese users do not fit the code page.
    Dim Setting As String
    With Files.OpenTextFile(SettingsPath, 1, False, -1)
        Do Until .AtEndOfStream
            Setting = .ReadLine
            If Left$(Setting, 1) = ChrW$(&HFEFF) Then Setting = Mid$(Setting, 2)
            If Left$(Setting, Len(KEY)) = KEY Then InterpreterIn = Trim$(Mid$(Setting, Len(KEY) + 1))
        Loop
        .Close
    End With
End Function

Private Function IsFileInFull(ByVal Files As Object, ByVal Path As String) As Boolean
    ' A bare or relative name would be looked for in the current folder: only C:\... will do.
    If Mid$(Path, 2, 2) = ":\" Then IsFileInFull = Files.FileExists(Path)
End Function

Private Sub Say(ByVal Trouble As String)
    ' Status bar and a window that, unlike MsgBox, speak Unicode; where scripting is forbidden the status bar remains.
    On Error Resume Next
    Application.StatusBar = Sentence(Trouble)
    CreateObject("WScript.Shell").Popup Sentence(Trouble), 0, Sentence(TITLE), vbExclamation + vbSystemModal
End Sub

Private Function Sentence(ByVal Wanted As String) As String
    ' From the add-in's own sheet: keys in column A, sentences in column B.
    Dim Row As Long
    With ThisWorkbook.Worksheets(1)
        Row = 1
        Do Until .Cells(Row, 1).Value = "" Or .Cells(Row, 1).Value = Wanted
            Row = Row + 1
        Loop
        Sentence = .Cells(Row, 2).Value
    End With
End Function
