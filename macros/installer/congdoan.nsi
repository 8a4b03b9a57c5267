; The installer for staff: per user, no administrator. Built by `consolidator addin installer`, which stages the
; files named below into one folder and makes two lists beside them:
;   pythons.nsh   !insertmacro EACH_PYTHON "3.13"          versions of Python we have wheels for, newest first
;   wheels.nsh    !insertmacro WHEEL "any|3.13" "x.whl"     each wheel, and which Python it is for
; Exit codes of a silent run (/S): 0 done, 2 no Python, 3 Excel is open, 4 Python refused, 5 the add-in refused.
Unicode true
Target amd64-unicode
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor lzma
SetDateSave off ; times of files would make each build differ
CRCCheck force

!include MUI2.nsh
!include LogicLib.nsh

!define TITLE "Báo cáo công đoàn trong Excel"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\CongDoan"
!define LINKS "$SMPROGRAMS\Công đoàn"
!define PYTHON_ORG "https://www.python.org/downloads/windows/"

Name "${TITLE} ${VERSION}"
InstallButtonText "Cài đặt" ; NSIS spells its own Vietnamese with loose tone marks; these people click
UninstallButtonText "Gỡ"
MiscButtonText "< Lùi" "Tiếp >" "Hủy" "Đóng"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\CongDoan" ; the add-in's VBA looks for its settings here, so there is no choice
BrandingText " "
ShowInstDetails show
ShowUninstDetails show
VIProductVersion "${VERSION}.0"
VIAddVersionKey /LANG=0 "ProductName" "${TITLE}"
VIAddVersionKey /LANG=0 "FileDescription" "${TITLE}"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "LegalCopyright" "MIT"

Var Python
Var PythonVersion
Var Code

!define MUI_ABORTWARNING
!define MUI_WELCOMEPAGE_TITLE "Cài đặt ${TITLE}"
!define MUI_WELCOMEPAGE_TEXT "Bộ cài này đặt thẻ Công đoàn vào Excel của riêng bạn; không cần quyền quản trị và không cần mạng.$\r$\n$\r$\nTrước khi bấm Cài đặt:$\r$\n$\r$\n1. Máy phải có Python 64 bit (3.11 đến 3.14). Nếu chưa có: tải ở python.org/downloads/windows, chạy tệp tải về và bấm Install Now. Không dùng bản của Microsoft Store.$\r$\n$\r$\n2. Lưu lại việc đang làm và đóng Excel."
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE CheckMachine
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "Đã cài đặt xong"
!define MUI_FINISHPAGE_TEXT "Mở Excel: thẻ Công đoàn nằm trên dải lệnh.$\r$\n$\r$\nNếu không thấy thẻ, mở trình đơn Start > Công đoàn > Tự kiểm tra và đọc các dòng có chữ SAI cho bộ phận hỗ trợ."
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Vietnamese"

; Says what is wrong and ends the run; a silent run just ends, with the code.
!macro FAIL CODE TEXT
  SetErrorLevel ${CODE}
  MessageBox MB_OK|MB_ICONSTOP "${TEXT}" /SD IDOK
  Abort "${TEXT}"
!macroend

; Takes the first Python that stands in the registry as PEP 514 has it, is what it says, and fits our wheels.
!macro TRY_PYTHON ROOT VERSION TAG
  ${If} $Python == ""
    ReadRegStr $0 ${ROOT} "Software\Python\PythonCore\${TAG}\InstallPath" "ExecutablePath"
    ${If} $0 != ""
      nsExec::Exec '"$0" -I -c "import ensurepip, sys, sysconfig, venv; sys.exit(not (sys.version_info[:2] == tuple(map(int, $\'${VERSION}$\'.split($\'.$\'))) and sysconfig.get_platform() == $\'win-amd64$\' and $\'windowsapps$\' not in sys.base_prefix.lower()))"'
      Pop $Code
      ${If} $Code == 0
        StrCpy $Python $0
        StrCpy $PythonVersion "${VERSION}"
      ${EndIf}
    ${EndIf}
  ${EndIf}
!macroend

!macro EACH_PYTHON VERSION
  !insertmacro TRY_PYTHON HKCU ${VERSION} ${VERSION}
  !insertmacro TRY_PYTHON HKLM ${VERSION} ${VERSION}
  !insertmacro TRY_PYTHON HKCU ${VERSION} ${VERSION}-64
!macroend

Function FindPython
  StrCpy $Python ""
  SetRegView 64
  !include pythons.nsh
FunctionEnd

; When the welcome page is left: stays there until Python is installed and Excel closed.
Function CheckMachine
  Call FindPython
  ${If} $Python == ""
    MessageBox MB_YESNO|MB_ICONEXCLAMATION "Máy này chưa có Python phù hợp (64 bit, 3.11 đến 3.14, từ python.org).$\r$\n$\r$\nMở trang tải Python bây giờ? Cài xong, quay lại đây và bấm Cài đặt." IDNO stay
    ExecShell "open" "${PYTHON_ORG}"
  stay:
    Abort
  ${EndIf}
  FindWindow $0 "XLMAIN"
  ${If} $0 P<> 0
    MessageBox MB_OK|MB_ICONEXCLAMATION "Excel đang mở. Lưu lại việc đang làm, đóng Excel rồi bấm Cài đặt."
    Abort
  ${EndIf}
FunctionEnd

Function .onInit
  ${If} ${Silent}
    Call FindPython
    ${If} $Python == ""
      SetErrorLevel 2
      Quit
    ${EndIf}
    FindWindow $0 "XLMAIN"
    ${If} $0 P<> 0
      SetErrorLevel 3
      Quit
    ${EndIf}
  ${EndIf}
FunctionEnd

!macro WHEEL PYTHON FILE
  !if "${PYTHON}" == "any"
    File "wheels/${FILE}"
  !else
    ${If} $PythonVersion == "${PYTHON}"
      File "wheels/${FILE}"
    ${EndIf}
  !endif
!macroend

Section
  InitPluginsDir
  SetOutPath "$PLUGINSDIR\wheels"
  DetailPrint "Chép chương trình và thư viện…"
  SetDetailsPrint none
  SetCompress off ; wheels are compressed already
  !include wheels.nsh
  SetCompress auto
  SetDetailsPrint both

  SetOutPath "$INSTDIR"
  DetailPrint "Tạo môi trường riêng từ $Python…"
  nsExec::ExecToLog '"$Python" -I -m venv --clear "$INSTDIR\venv"'
  Pop $Code
  ${If} $Code != 0
    !insertmacro FAIL 4 "Không tạo được môi trường Python (mã $Code). Đóng Excel và chạy lại bộ cài."
  ${EndIf}
  DetailPrint "Cài chương trình, mất khoảng một phút…"
  nsExec::ExecToLog '"$INSTDIR\venv\Scripts\python.exe" -I -m pip --isolated --disable-pip-version-check install --no-index --no-warn-script-location --find-links "$PLUGINSDIR\wheels" consolidator==${VERSION}'
  Pop $Code
  ${If} $Code != 0
    !insertmacro FAIL 4 "Không cài được chương trình (mã $Code). Đọc mấy dòng cuối cho bộ phận hỗ trợ."
  ${EndIf}
  ; From here on there is something to remove, whatever comes after.
  File "congdoan.xlam" ; a copy to look at or to load by hand; Excel's own is placed by the next step
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${KEY}" "DisplayName" "${TITLE}"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
  CreateDirectory "${LINKS}"
  CreateShortCut "${LINKS}\Tự kiểm tra.lnk" "$SYSDIR\cmd.exe" '/k ""$INSTDIR\venv\Scripts\python.exe" -I -m consolidator addin doctor"'
  CreateShortCut "${LINKS}\Gỡ cài đặt.lnk" "$INSTDIR\uninstall.exe"

  DetailPrint "Đặt phần bổ trợ vào Excel…"
  nsExec::Exec '"$INSTDIR\venv\Scripts\python.exe" -I -m consolidator addin install'
  Pop $Code
  ${If} $Code != 0
    !insertmacro FAIL 5 "Không đặt được phần bổ trợ vào Excel (mã $Code). Đóng Excel và chạy lại bộ cài; nếu vẫn vậy, mở Start > Công đoàn > Tự kiểm tra."
  ${EndIf}
SectionEnd

Section "Uninstall"
  FindWindow $0 "XLMAIN"
  ${If} $0 P<> 0
    !insertmacro FAIL 3 "Excel đang mở. Lưu lại việc đang làm, đóng Excel rồi gỡ lại."
  ${EndIf}
  ; Without Python only the add-in and its settings are left to delete, and that can be done from here.
  DetailPrint "Gỡ phần bổ trợ khỏi Excel…"
  nsExec::Exec '"$INSTDIR\venv\Scripts\python.exe" -I -m consolidator addin uninstall'
  Pop $Code
  ${If} $Code != 0
    Delete "$APPDATA\Microsoft\Excel\XLSTART\congdoan.xlam"
    Delete "$INSTDIR\congdoan.conf"
    Delete "$INSTDIR\memory.json"
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\congdoan.log"
    MessageBox MB_YESNO|MB_ICONQUESTION "Giữ lại tệp nhật ký để tìm nguyên nhân nếu có sự cố?" /SD IDYES IDYES keep
    Delete "$INSTDIR\congdoan.log"
  keep:
  ${EndIf}
  RMDir /r "$INSTDIR\venv"
  Delete "$INSTDIR\congdoan.xlam"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR" ; only when nothing is left in it
  Delete "${LINKS}\Tự kiểm tra.lnk"
  Delete "${LINKS}\Gỡ cài đặt.lnk"
  RMDir "${LINKS}"
  DeleteRegKey HKCU "${KEY}"
SectionEnd
