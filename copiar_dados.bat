@echo off
rem Keeps a copy of the shop's data, in the folder that is named or among the documents, and stays to be read.
setlocal EnableExtensions DisableDelayedExpansion
rem All that follows, not its first word: a dropped folder is quoted only for its spaces, and "," ";" and "=" end a word.
set TARGET=%*
if defined TARGET set "TARGET=%TARGET:"=%"
rem Without the space that may stand behind a single word.
if "%~2"=="" set "TARGET=%~1"
set "STAY_TO_BE_READ=1"
rem No CALL: it would take a "%" in the folder's name for a variable.
if not defined TARGET "%~dp0start_sistema_completo.bat" backup --documentos
rem The dot: a "\" before the quote, as in "E:\", would be read with it.
"%~dp0start_sistema_completo.bat" backup --into "%TARGET%\."
