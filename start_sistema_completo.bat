@echo off
rem Opens Almoxarife: finds Python and hands everything over to start_sistema_completo.py.
rem ASCII only, and every path in quotes: the folder may hold spaces, accents and "&".
setlocal DisableDelayedExpansion
set "HERE=%~dp0"
set "OWN_PYTHON=%HERE%python\python.exe"
set "VENV_PYTHON=%HERE%.venv\Scripts\python.exe"
set "IS_GOOD=import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32 or 'PythonSoftwareFoundation' in sys.base_prefix)"

if exist "%HERE%start_sistema_completo.py" goto choose
echo Extraia antes todos os arquivos: abra a pasta compactada com o botao direito
echo do mouse, escolha "Extrair tudo" e abra este arquivo na pasta extraida.
set "CODE=2"
goto end

:choose
rem The package for Windows brings its own Python.
if exist "%OWN_PYTHON%" goto own
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

:own
"%OWN_PYTHON%" "%HERE%start_sistema_completo.py" %*
goto ended

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
