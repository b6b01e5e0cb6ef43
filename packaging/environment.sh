# Sourced by the commands beside it: makes .venv fit a lock on a machine with python3 and git alone.
# It fetches, asks and compiles nothing while the stamp in .venv fits. Bash 3.2 must do, for macOS.
set -Eeuo pipefail

COMMAND=packaging/${0##*/}
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
PY=$ROOT/.venv/bin/python
STAMP=$ROOT/.venv/stamp
CACHE=${XDG_CACHE_HOME:-${HOME:-~}/.cache}/proofroom
STEP="Reading the lock"
LOG=/dev/null
SCRATCH="" # a folder to remove at the end

# Where the first is set, every start compiles all it imports: seconds, each time. The other two
# would put the modules of another installation before ours.
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH

say() { printf '%s: %s\n' "$COMMAND" "$*" >&2; }

finish() {
  if [[ -n $SCRATCH ]]; then rm -rf "$SCRATCH"; fi
  if [[ $LOG != /dev/null ]]; then rm -f "$LOG"; fi
}
trap finish EXIT

failed() {
  trap - ERR
  local reason
  reason=$(grep -m 1 -iE '^ *(error|fatal|E:|×|[a-z]*Error:)' "$LOG" || tail -n 1 "$LOG")
  say "$STEP failed: ${reason:-see above} (its output: $LOG)"
  LOG=/dev/null # and so it stays where we said
  exit 1
}
trap failed ERR

# step TEXT: what is done from here on, said now and again should it fail; the log holds one step
step() {
  STEP=$1
  [[ $LOG != /dev/null ]] || LOG=$(mktemp "${TMPDIR:-/tmp}/proofroom-setup.XXXXXX")
  : >"$LOG"
  say "$1"
}

# lock_key LOCK: differs when the lock, pyproject.toml or the place of the checkout does
lock_key() {
  {
    printf '%s\n' "$1" "$ROOT"
    cat "$ROOT/packaging/$1.lock" "$ROOT/pyproject.toml"
  } | git hash-object --stdin
}

# stamped WORD...: whether the last set-up of .venv wrote down each of these
stamped() {
  local word words
  [[ -x $PY && -r $STAMP ]] || return 1
  words=" $(<"$STAMP") "
  for word; do [[ $words == *" $word "* ]] || return 1; done
}

find_uv() {
  local candidate
  for candidate in "$(command -v uv || true)" "$CACHE/uv/bin/uv"; do
    if [[ $("$candidate" --version 2>/dev/null || true) =~ ^uv\ ([0-9]+)\.([0-9]+) ]] &&
      ((BASH_REMATCH[1] > 0 || BASH_REMATCH[2] >= 13)); then
      export UV=$candidate
      return 0
    fi
  done
  return 1
}

get_uv() {
  if find_uv; then return; fi
  step "Getting uv"
  python3 -m venv --clear "$CACHE/uv" >>"$LOG" 2>&1
  "$CACHE/uv/bin/python" -m pip install 'uv>=0.13,<0.14' >>"$LOG" 2>&1
  find_uv
}

missing() {
  if [[ $OSTYPE == linux* ]]; then python3 "$ROOT/packaging/missing.py" "$@"; fi
}

# get_packages NEEDS WANTS: uses as packaging/missing.py knows them. Root gets all by apt-get; for
# anyone else the command is printed, and only what is needed stops us. Leaves GOT.
get_packages() {
  local lacks apt
  GOT="$1 $2"
  # shellcheck disable=SC2086 # a word a use, a word a package
  lacks=$(missing $1 $2)
  if [[ -z $lacks ]]; then return; fi
  apt="apt-get install -y --no-install-recommends $lacks"
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    step "Installing with apt-get: $lacks"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    $apt >>"$LOG" 2>&1 || { apt-get update >"$LOG" 2>&1 && $apt >"$LOG" 2>&1; }
    return
  fi
  say "This system lacks packages (Debian's names). As root: $apt"
  # shellcheck disable=SC2086
  if [[ -n $(missing $1) ]]; then exit 1; fi
  say "Only the window needs them: going on without."
  GOT=$1
}

# sync LOCK: .venv holds what the lock lists, byte for byte, and the checkout itself
sync() {
  rm -f "$STAMP"
  if [[ ! -x $PY ]]; then
    step "Making .venv"
    "$UV" venv --directory "$ROOT" --clear --python '>=3.11,<3.15' .venv >>"$LOG" 2>&1
  fi
  step "Installing the packages of packaging/$1.lock"
  "$UV" pip sync --directory "$ROOT" --python "$PY" --require-hashes --compile-bytecode \
    "packaging/$1.lock" >>"$LOG" 2>&1
  "$UV" pip install --directory "$ROOT" --python "$PY" --no-deps --no-build-isolation \
    -e . >>"$LOG" 2>&1
}

set_up() {
  local lock=$1 needs=$2 keys
  # A developer's .venv keeps its test packages when the app is run from it.
  if [[ $lock == run ]] && stamped test; then lock=test; fi
  if ! find_uv; then needs="python $needs"; fi
  get_packages "$needs" "$3"
  get_uv
  sync "$lock"
  if [[ " $GOT " == *" window "* ]]; then
    step "Opening a window unseen"
    QT_QPA_PLATFORM=offscreen "$PY" -c \
      'from PySide6.QtWidgets import QApplication; QApplication([])' >>"$LOG" 2>&1
  fi
  keys=$(lock_key run)
  if [[ $lock == test ]]; then keys+=" test $(lock_key test)"; fi
  printf '%s\n' "$keys $GOT" >"$STAMP"
  rm -f "$LOG"
  LOG=/dev/null
}

# prepare LOCK NEEDS [WANTS]: .venv fits the lock, and the system has what the uses need
prepare() {
  local key
  key=$(lock_key "$1")
  # shellcheck disable=SC2086
  if stamped "$key" $2; then return; fi
  mkdir -p "$CACHE"
  if command -v flock >/dev/null; then
    exec 9>"$CACHE/setup.lock"
    flock 9 # two at once would take each other's files away
  fi
  # shellcheck disable=SC2086
  if ! stamped "$key" $2; then set_up "$1" "$2" "${3:-}"; fi
  exec 9>&-
}
