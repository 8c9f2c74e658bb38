@echo off
rem Opens Almoxarife: finds Python and hands everything over to start_sistema_completo.py.
rem ASCII only, and every path in quotes: the folder may hold spaces, accents and "&".
setlocal DisableDelayedExpansion
set "HERE=%~dp0"
rem Another program's Python is no business of this one, which would not even start with its PYTHONHOME.
set "PYTHONHOME="
set "PYTHONPATH="
set "VENV_PYTHON=%HERE%.venv\Scripts\python.exe"
set "IS_GOOD=import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32 or 'PythonSoftwareFoundation' in sys.base_prefix)"

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
goto end

:versioned
"%PROGRAM%\python\python.exe" "%PROGRAM%\start_sistema_completo.py" %*
goto ended

:choose
if not exist "%HERE%.venv\almoxarife-requirements.txt.sha256" goto search
"%VENV_PYTHON%" -c "%IS_GOOD%" >nul 2>&1
if %ERRORLEVEL%==0 goto venv

:search
py -3 -c "%IS_GOOD%" >nul 2>&1
if %ERRORLEVEL%==0 goto py
rem The install manager of python.org fetches a Python when it is first asked for one.
echo Procurando o Python; se ele ainda vai ser instalado, isto leva alguns minutos...
python -c "%IS_GOOD%" >nul 2>&1
if %ERRORLEVEL%==0 goto python
echo O Almoxarife precisa do Python 3.11 ou mais novo, de 64 bits, e ele nao foi encontrado.
echo Instale-o por python.org/downloads e abra este arquivo de novo.
echo (Se o instalador oferecer "Add python.exe to PATH", marque. O da loja da Microsoft nao serve.)
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
if not "%CODE%"=="0" set "STAY_TO_BE_READ=1"
if defined STAY_TO_BE_READ pause
exit /b %CODE%
