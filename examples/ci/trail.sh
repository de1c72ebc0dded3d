#!/bin/sh
# Is the audit trail whole? Keeps a signed checkpoint outside the ledger and compares with the
# ones that were kept before, so that a trail which was rolled back is found, too.
#
#   RACKRATE   the program            (rackrate)
#   REPORTS    where reports go       (reports)
#   KEPT       the checkpoints kept; put it where this machine can only append (kept.jsonl)
set -u
RACKRATE="${RACKRATE:-rackrate}"
REPORTS="${REPORTS:-reports}"
KEPT="${KEPT:-kept.jsonl}"
mkdir -p "$REPORTS" || exit 1

if [ -s "$KEPT" ]; then
  "$RACKRATE" audit verify -o json --kept "$KEPT" > "$REPORTS/trail.json" || exit $?
else
  "$RACKRATE" audit verify -o json > "$REPORTS/trail.json" || exit $?
fi
"$RACKRATE" audit sign > "$REPORTS/checkpoint.json" || exit $?
cat "$REPORTS/checkpoint.json" >> "$KEPT"
