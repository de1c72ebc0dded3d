#!/bin/sh
# Was the last quarter's review of all credentials taken in? For a schedule, once a week. Where it
# was not, the sheet to fill in is among the reports.
#
#   RACKRATE   the program            (rackrate)
#   REPORTS    where reports go       (reports)
#   QUARTER    the quarter to review, such as 2027Q1
#
# Leaves review.csv where the review is due. Ends with 5 then, and with 0 where it was done.
set -u
RACKRATE="${RACKRATE:-rackrate}"
REPORTS="${REPORTS:-reports}"
QUARTER="${QUARTER:?names the quarter}"
mkdir -p "$REPORTS" || exit 1

"$RACKRATE" creds review --quarter "$QUARTER" --check
code=$?
if [ $code -eq 5 ]; then
  rm -f "$REPORTS/review.csv"
  "$RACKRATE" creds review --quarter "$QUARTER" --out "$REPORTS/review.csv" || exit $?
  echo "review: fill in $REPORTS/review.csv, then creds review --done" >&2
fi
exit $code
