#!/bin/sh
# Linux: sh start.sh
CDPATH= cd -- "$(dirname -- "$0")" || exit 1
if [ ! -f start.py ]; then
    echo "start.py is not beside this file: unpack the whole zip, then start again."
    exit 1
fi
for python in python3.13 python3.12 python3.14 python3.11 python3 python; do
    if "$python" start.py --fits >/dev/null 2>&1; then
        exec "$python" start.py "$@"
    fi
done
echo "Python 3.11 to 3.14 is needed and was not found: https://www.python.org/downloads/"
exit 1
