@echo off
rem Windows: double-click, or: .\start.bat
setlocal
pushd "%~dp0"
if not exist start.py goto packed
rem Windows' own python.exe may be a stand-in that only opens a shop: each candidate must show that it fits.
for %%P in ("py -3" "py -3.14" "py -3.13" "py -3.12" "py -3.11" "python" "python3") do (
    call %%~P start.py --fits >nul 2>nul && set "PYTHON=%%~P" && goto found
)
echo Python 3.11 to 3.14, 64-bit, is needed and was not found: https://www.python.org/downloads/
pause
exit /b 1
:packed
echo start.py is not beside this file. Unpack the whole zip first: right-click it, then Extract All.
pause
exit /b 1
:found
call %PYTHON% start.py %*
set "STATUS=%errorlevel%"
popd
if not "%STATUS%"=="0" pause
exit /b %STATUS%
