@echo off
rem Opens Almoxarife: finds Python and hands everything over to start_sistema_completo.py.
rem ASCII only, and every path in quotes: the folder may hold spaces, accents and "&".
rem Each line that runs Python says what comes next: an update may replace this file meanwhile, and cmd would go on at
rem the same byte of the new one, in the midst of some line. A label it finds there as well.
setlocal EnableExtensions DisableDelayedExpansion
set "HERE=%~dp0"
set "PROGRAM=%HERE%"
rem Another program's Python is no business of this one, which would not even start with its PYTHONHOME. Nor are packages
rem that somebody has installed for all Pythons of this version.
set "PYTHONHOME="
set "PYTHONPATH="
set "PYTHONNOUSERSITE=1"
rem A variable of this name would hide the exit codes.
set "ERRORLEVEL="
set "VENV_PYTHON=%HERE%.venv\Scripts\python.exe"
set "IS_GOOD=import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32 or 'PythonSoftwareFoundation' in sys.base_prefix)"

if defined HERE goto located
rem Not even this file's own name is short enough for Windows, so that nobody knows what lies beside it.
echo O caminho desta pasta e comprido demais. Mova-a para C:\Almoxarife.
set "CODE=2"
goto end

:located
if exist "%HERE%versao.txt" goto package
if exist "%HERE%start_sistema_completo.py" goto choose
echo Extraia antes todos os arquivos: abra a pasta compactada com o botao direito
echo do mouse, escolha "Extrair tudo" e abra este arquivo na pasta extraida.
set "CODE=2"
goto end

:package
rem The package for Windows brings its own Python. Versions lie side by side; pacote.json is a version's last file.
set "VERSION="
set /p VERSION=<"%HERE%versao.txt"
set "PROGRAM=%HERE%versoes\%VERSION%"
if exist "%PROGRAM%\pacote.json" if exist "%PROGRAM%\python\python.exe" goto versioned
rem An installation of this same version was cut short while the new copy took the place of the old one.
if exist "%PROGRAM%.parcial\pacote.json" if exist "%PROGRAM%.parcial\python\python.exe" set "PROGRAM=%PROGRAM%.parcial"
if exist "%PROGRAM%\pacote.json" if exist "%PROGRAM%\python\python.exe" goto versioned
rem The newer one was unpacked only in part, or a virus scanner took its Python: one that is whole still works.
for /d %%D in ("%HERE%versoes\*") do if exist "%%D\pacote.json" if exist "%%D\python\python.exe" set "PROGRAM=%%D"
if exist "%PROGRAM%\pacote.json" if exist "%PROGRAM%\python\python.exe" goto versioned
echo O programa esta incompleto. Se um antivirus tirou arquivos daqui, permita nele esta pasta.
echo Depois extraia de novo o arquivo ZIP inteiro para ela, ou instale outra vez.
echo Os dados da loja ficam em outro lugar e continuam la.
set "CODE=2"
goto length

:versioned
"%PROGRAM%\python\python.exe" "%PROGRAM%\start_sistema_completo.py" %* & goto ended

:choose
if not exist "%HERE%.venv\almoxarife-requirements.txt.sha256" goto search
"%VENV_PYTHON%" -c "%IS_GOOD%" >nul 2>&1
if %ERRORLEVEL%==0 goto venv

:search
py -3 -c "%IS_GOOD%" >nul 2>&1
if %ERRORLEVEL%==0 goto py
rem The install manager of python.org fetches a Python when it is first asked for one.
echo Procurando o Python; se ele ainda vai ser instalado, isto leva alguns minutos...
rem Its own cmd: a "python.bat", as pyenv has, would not come back here.
cmd /d /c python -c "%IS_GOOD%" >nul 2>&1
if %ERRORLEVEL%==0 goto python
echo O Almoxarife precisa do Python 3.11 ou mais novo, de 64 bits, e ele nao foi encontrado.
echo Instale-o por python.org/downloads e abra este arquivo de novo.
echo (Se o instalador oferecer "Add python.exe to PATH", marque. O da loja da Microsoft nao serve.)
set "CODE=2"
goto end

:venv
"%VENV_PYTHON%" "%HERE%start_sistema_completo.py" %* & goto ended

:py
py -3 "%HERE%start_sistema_completo.py" %* & goto ended

:python
cmd /d /c python "%HERE%start_sistema_completo.py" %* & goto ended

:ended
set "CODE=%ERRORLEVEL%"
rem With 2 the program itself has said why it does not open.
if "%CODE%"=="0" goto end
if "%CODE%"=="2" goto end

:length
rem Windows finds no file whose name has more than 259 letters with its folders; the longest in here have a hundred.
if not "%PROGRAM:~140,1%"=="" echo Se o programa nao abriu: o caminho desta pasta e comprido demais. Mova-a para C:\Almoxarife.

:end
if not "%CODE%"=="0" set "STAY_TO_BE_READ=1"
if defined STAY_TO_BE_READ pause
exit /b %CODE%
