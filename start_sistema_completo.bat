@echo off
rem Opens Almoxarife: finds Python and hands everything over to start_sistema_completo.py.
rem ASCII only, and every path in quotes: the folder may hold spaces, accents and "&".
setlocal DisableDelayedExpansion
set "HERE=%~dp0"
set "VENV_PYTHON=%HERE%.venv\Scripts\python.exe"
set "IS_NEW_ENOUGH=import sys; sys.exit(sys.version_info < (3, 11))"

if not exist "%HERE%.venv\almoxarife-requirements.txt.sha256" goto search
"%VENV_PYTHON%" -c "%IS_NEW_ENOUGH%" >nul 2>&1
if %ERRORLEVEL%==0 goto venv

:search
py -3 -c "%IS_NEW_ENOUGH%" >nul 2>&1
if %ERRORLEVEL%==0 goto py
python -c "%IS_NEW_ENOUGH%" >nul 2>&1
if %ERRORLEVEL%==0 goto python
echo O Almoxarife precisa do Python 3.11 ou mais novo, e ele nao foi encontrado.
echo Instale-o por python.org/downloads, marcando "Add python.exe to PATH", e abra de novo.
set "CODE=2"
goto end

:venv
"%VENV_PYTHON%" "%HERE%start_sistema_completo.py" %*
goto ended

:py
py -3 "%HERE%start_sistema_completo.py" %*
goto ended

:python
python "%HERE%start_sistema_completo.py" %*

:ended
set "CODE=%ERRORLEVEL%"

:end
if not "%CODE%"=="0" pause
exit /b %CODE%
