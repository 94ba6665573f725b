set -euo pipefail
export COUNTERSIGN_LISTEN=127.0.0.1:$port
# Many services run at a time.
export COUNTERSIGN_ADMIN_LISTEN=off

# Process ids of services by their port.
declare -A services
stop() {
    local pid=${services[$1]:-}
    unset "services[$1]"
    if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" || true; fi
}
on_exit=:
trap 'for served in "${!services[@]}"; do stop "$served"; done; kill $(jobs -p) 2>/dev/null || true; eval "$on_exit"' EXIT

serve() {
    local address=$COUNTERSIGN_LISTEN previous=
    for argument in "$@"; do
        if [ "$previous" = --listen ]; then address=$argument; fi
        previous=$argument
    done
    local port=${address##*:}
    stop "$port"
    "$binary" "$@" 2>>service.log & services[$port]=$!
    until curl -sf "localhost:$port/healthz" >/dev/null; do
        kill -0 "${services[$port]}" || { cat service.log >&2; exit 1; }
        sleep 0.02
    done
}

countersign() {
    case "${1:-serve}" in
    -h | --help | -V | --version) "$binary" "$@";;
    serve | -*) if [ "${2:-}" = --help ]; then "$binary" "$@"; else serve "$@"; fi;;
    *) "$binary" "$@";;
    esac
}

cargo() {
    [ "$1" = run ]; shift
    if [ "${1:-}" = --example ]; then
        local name=$2; shift 2
        if [ "${1:-}" = -- ]; then shift; fi
        local program; program=$(dirname "$binary")/examples/$name
        # With `&`, the shell that waits for it is the program itself, and ends with the page.
        if [ "$BASHPID" != "$$" ]; then exec "$program" "$@"; fi
        "$program" "$@"
        return
    fi
    if [ "${1:-}" = -- ]; then shift; fi
    countersign "$@"
}

http() { command http --ignore-stdin "$@"; }
python3() {
    # With `&`, as above.
    if [ "$BASHPID" != "$$" ]; then exec "$python" "$@"; fi
    "$python" "$@"
}

# For setups: the page is not followed where a program is missing.
missing() { echo "$1" >&2; exit 77; }
