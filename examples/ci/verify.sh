#!/bin/sh
# Do the hotels show the prices that were last applied? For a schedule: every morning, and after
# every apply that ended before all prices were confirmed.
#
#   RACKRATE   the program            (rackrate)
#   REPORTS    where reports go       (reports)
#
# Leaves verify.xml (JUnit, a case per property), verify.jsonl (what was found) and verify.prom.
# Ends as rackrate does: 0 as applied, 3 differences, 7 not settled yet, 5 a person must act.
set -u
RACKRATE="${RACKRATE:-rackrate}"
REPORTS="${REPORTS:-reports}"
mkdir -p "$REPORTS" || exit 1

"$RACKRATE" verify -o junit --log-format json \
  --errors-file "$REPORTS/verify.jsonl" --metrics-file "$REPORTS/verify.prom" \
  > "$REPORTS/verify.xml"
code=$?

case $code in
  0) echo "verify: every property shows what was applied" ;;
  3) echo "verify: prices differ, see $REPORTS/verify.xml" >&2 ;;
  5) echo "verify: a credential needs a person, see $REPORTS/verify.jsonl" >&2 ;;
  7) echo "verify: not settled yet, try again later" >&2 ;;
  *) echo "verify: it failed with $code, see $REPORTS/verify.jsonl" >&2 ;;
esac
exit $code
