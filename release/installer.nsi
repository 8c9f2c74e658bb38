; For one person, without an administrator. Text for people is Portuguese.
Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include Sections.nsh

Name "Almoxarife"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Almoxarife"
InstallDirRegKey HKCU "Software\Almoxarife" "Pasta"
RequestExecutionLevel user
BrandingText "Almoxarife ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails show
; Where a file cannot be written nobody goes on without it; a silent installation did, and said that all was well.
AllowSkipFiles off

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Almoxarife"
!define START_MENU "$SMPROGRAMS\Almoxarife"
!define DATA "$LOCALAPPDATA\Almoxarife"

!define MUI_WELCOMEPAGE_TEXT "Este programa instala o Almoxarife ${VERSION} para o seu usuário do Windows. Não é preciso administrador nem internet.$\r$\n$\r$\nOs dados da loja ficam em outra pasta (${DATA}). Se o Almoxarife já estiver instalado, ele é atualizado e o servidor é parado em ordem."
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\start_sistema_completo.bat"
!define MUI_FINISHPAGE_RUN_TEXT "Abrir o Almoxarife"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "PortugueseBR"

; In order: it answers who waits. $2 is 2 if it goes on; a server that is not there is no error.
!macro STOP_SERVER
  ; Another program's Python is no business of this one, which would not even start with its PYTHONHOME.
  System::Call 'kernel32::SetEnvironmentVariable(t "PYTHONHOME", p 0)'
  System::Call 'kernel32::SetEnvironmentVariable(t "PYTHONPATH", p 0)'
  System::Call 'kernel32::SetEnvironmentVariable(t "PYTHONNOUSERSITE", t "1")'
  StrCpy $2 ""
  ${If} ${FileExists} "$INSTDIR\versao.txt"
    DetailPrint "Parando o servidor, se estiver no ar..."
    FileOpen $0 "$INSTDIR\versao.txt" r
    FileRead $0 $1 64
    FileClose $0
    ClearErrors
    ${TrimLine} $1
    ; A virus scanner may have taken the Python of the version in use, or a cut have left it half removed. Any other that
    ; is whole asks as well; without one nothing runs.
    ${IfNot} ${FileExists} "$INSTDIR\versoes\$1\python\python.exe"
    ${OrIfNot} ${FileExists} "$INSTDIR\versoes\$1\pacote.json"
      FindFirst $3 $1 "$INSTDIR\versoes\*"
      ${DoUntil} $1 == ""
        ${If} ${FileExists} "$INSTDIR\versoes\$1\python\python.exe"
        ${AndIf} ${FileExists} "$INSTDIR\versoes\$1\pacote.json"
          ${ExitDo}
        ${EndIf}
        FindNext $3 $1
      ${Loop}
      FindClose $3
    ${EndIf}
    ${If} $1 != ""
      nsExec::ExecToLog '"$INSTDIR\versoes\$1\python\python.exe" "$INSTDIR\versoes\$1\start_sistema_completo.py" stop'
      Pop $2
    ${EndIf}
  ${EndIf}
!macroend

; A window that is open uses the files of its version, which nobody replaces or removes then. The server's end takes a moment.
!macro WAIT_FOR_WINDOWS WHICH WHAT
  FindFirst $3 $1 "$INSTDIR\versoes\${WHICH}"
  ${DoUntil} $1 == ""
    StrCpy $5 0
    ${DoWhile} ${FileExists} "$INSTDIR\versoes\$1\python\python.exe"
      ClearErrors
      FileOpen $4 "$INSTDIR\versoes\$1\python\python.exe" a
      ${IfNot} ${Errors}
        FileClose $4
        ${ExitDo}
      ${EndIf}
      Sleep 100
      IntOp $5 $5 + 1
      ${If} $5 > 50
        ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Feche antes as janelas do Almoxarife: o cadastro e o monitor." /SD IDCANCEL IDCANCEL`
          SetErrorLevel 2
          Abort "O Almoxarife está aberto. Feche as janelas dele e ${WHAT} de novo."
        ${EndIf}
      ${EndIf}
    ${Loop}
    FindNext $3 $1
  ${Loop}
  FindClose $3
  ClearErrors
!macroend

; Its pacote.json first: a half-removed one does not look complete.
!macro REMOVE_VERSION FOLDER
  Delete "${FOLDER}\pacote.json"
  RMDir /r "${FOLDER}"
!macroend

; A virus scanner that reads what was just written keeps the folder from being renamed for a while.
!macro MOVE FROM TO
  StrCpy $5 0
  ${Do}
    ClearErrors
    Rename "${FROM}" "${TO}"
    ${IfNot} ${Errors}
      ${ExitDo}
    ${EndIf}
    Sleep 100
    IntOp $5 $5 + 1
  ${LoopUntil} $5 > 300
  ClearErrors
!macroend

!macro _TrimLine line
  Push ${line}
  Exch $R0
  Push $R1
  ${Do}
    StrCpy $R1 $R0 1 -1
    ${If} $R1 == "$\r"
    ${OrIf} $R1 == "$\n"
      StrCpy $R0 $R0 -1
    ${Else}
      ${ExitDo}
    ${EndIf}
  ${Loop}
  Pop $R1
  Exch $R0
  Pop ${line}
!macroend
!define TrimLine "!insertmacro _TrimLine"

Section "Almoxarife" Program
  SectionIn RO
  !insertmacro STOP_SERVER
  ${If} $2 == 2
    MessageBox MB_OK|MB_ICONSTOP "O servidor não parou. Feche a janela dele e instale de novo." /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  !insertmacro WAIT_FOR_WINDOWS "${RELEASE}*" "instale"
  ; Until the end of it versao.txt names the version that was there before. Where this very version is whole, the new
  ; copy lies beside it first: the power may go at any moment, and the .bat opens whichever has its pacote.json.
  StrCpy $6 "$INSTDIR\versoes\${RELEASE}"
  ${If} ${FileExists} "$6\pacote.json"
    StrCpy $6 "$6.parcial"
    !insertmacro REMOVE_VERSION "$6"
  ${EndIf}
  SetOutPath "$6"
  File /r /x pacote.json "${TREE}\versoes\${RELEASE}\*.*"
  File "${TREE}\versoes\${RELEASE}\pacote.json"
  SetOutPath "$INSTDIR"
  ${If} $6 == "$INSTDIR\versoes\${RELEASE}"
    !insertmacro REMOVE_VERSION "$6.parcial"
  ${Else}
    !insertmacro STOP_SERVER
    !insertmacro WAIT_FOR_WINDOWS "${RELEASE}*" "instale"
    !insertmacro REMOVE_VERSION "$INSTDIR\versoes\${RELEASE}"
    !insertmacro MOVE "$6" "$INSTDIR\versoes\${RELEASE}"
  ${EndIf}
  File "${TREE}\*.bat"
  File "${TREE}\LEIAME.*"
  File "${TREE}\CHANGELOG.md"
  File "${TREE}\LICENSE"
  File "${TREE}\versao.txt"
  WriteUninstaller "$INSTDIR\desinstalar.exe"

  CreateDirectory "${START_MENU}"
  CreateDirectory "${DATA}"
  CreateShortcut "${START_MENU}\Almoxarife.lnk" "$INSTDIR\start_sistema_completo.bat"
  CreateShortcut "${START_MENU}\Copiar os dados agora.lnk" "$INSTDIR\copiar_dados.bat"
  CreateShortcut "${START_MENU}\Dados e cópias.lnk" "${DATA}"
  CreateShortcut "${START_MENU}\Desinstalar.lnk" "$INSTDIR\desinstalar.exe"
  CreateShortcut "$DESKTOP\Almoxarife.lnk" "$INSTDIR\start_sistema_completo.bat"

  WriteRegStr HKCU "Software\Almoxarife" "Pasta" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Almoxarife"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Almoxarife"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\desinstalar.exe"'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

; /INICIAR chooses it in a silent installation.
Section /o "Abrir o servidor com o computador" WithTheComputer
  SetOutPath "$INSTDIR"
  CreateShortcut "$SMSTARTUP\Almoxarife servidor.lnk" "$INSTDIR\start_sistema_completo.bat" "start" "" 0 SW_SHOWMINIMIZED
SectionEnd

Function .onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/INICIAR" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${WithTheComputer}
  ${EndIf}
  ; Who had it goes on having it.
  ${If} ${FileExists} "$SMSTARTUP\Almoxarife servidor.lnk"
    !insertmacro SelectSection ${WithTheComputer}
  ${EndIf}
FunctionEnd

Section "Uninstall"
  !insertmacro STOP_SERVER
  ${If} $2 == 2
    MessageBox MB_OK|MB_ICONSTOP "O servidor não parou. Feche a janela dele e desinstale de novo." /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  !insertmacro WAIT_FOR_WINDOWS "*" "desinstale"
  Delete "$SMSTARTUP\Almoxarife servidor.lnk"
  Delete "$DESKTOP\Almoxarife.lnk"
  RMDir /r "${START_MENU}"
  ; What this installer has put there, and nothing else that somebody may keep in the folder.
  ; Thousands of lines would hide the one that matters, and take minutes to be drawn.
  SetDetailsPrint none
  RMDir /r "$INSTDIR\versoes"
  Delete "$INSTDIR\start_sistema_completo.bat"
  Delete "$INSTDIR\copiar_dados.bat"
  Delete "$INSTDIR\LEIAME.*"
  Delete "$INSTDIR\CHANGELOG.md"
  Delete "$INSTDIR\LICENSE"
  Delete "$INSTDIR\versao.txt"
  Delete "$INSTDIR\atualizacao.lock"
  Delete "$INSTDIR\desinstalar.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Almoxarife"
  SetDetailsPrint both
  DetailPrint "Os dados da loja continuam em ${DATA}."
  MessageBox MB_OK|MB_ICONINFORMATION "O programa foi removido. Os dados da loja e as cópias continuam em:$\r$\n$\r$\n${DATA}$\r$\n$\r$\nPara apagá-los também, apague essa pasta." /SD IDOK
SectionEnd
