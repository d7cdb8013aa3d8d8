#!/bin/sh
# macOS: double-click, or: sh start.command
exec sh "$(dirname -- "$0")/start.sh" "$@"
