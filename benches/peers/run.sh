#!/usr/bin/env bash
# Times tumen and its peers on the same data in one run, in turns, and prints a table. See README.md.
#   benches/peers/run.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5}
here=benches/peers
work=target/peers
mkdir -p "$work"

bin=$(cargo bench --locked --bench peers --no-run --message-format=json |
  python3 -c 'import json,sys
for line in sys.stdin:
    m = json.loads(line)
    if m.get("target", {}).get("name") == "peers" and m.get("executable"): print(m["executable"])')
[ -d "$work/venv" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
with_r=$(Rscript -e 'cat(requireNamespace("MASS", quietly = TRUE))' 2>/dev/null || true)
[ "$with_r" = TRUE ] || echo "R with MASS is not here (Debian: apt-get install r-base-core r-cran-mass): left out" >&2

"$bin" data "$work/data"
: > "$work/runs.jsonl"
for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  {
    "$bin" small "$work/data"
    # One thread: on matrices this small, more only wait for each other.
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$work/venv/bin/python" "$here/peers.py" small "$work/data"
    if [ "$with_r" = TRUE ]; then Rscript "$here/peers.R" "$work/data"; fi
    "$bin" many "$work/data"
    "$bin" large "$work/data"
    "$work/venv/bin/python" "$here/peers.py" large "$work/data"
  } >> "$work/runs.jsonl"
done
echo "$(nproc) processors; load at the end: $(cut -d' ' -f1-3 /proc/loadavg)"
python3 "$here/table.py" "$work/runs.jsonl"
