# Gateways run beside what follows, as in a terminal of their own, until the next one takes the place.
PATH=$PATH:/usr/sbin
for program in nginx caddy haproxy traefik envoy; do
    command -v $program >/dev/null || missing $program
done
# Where root starts nginx, it reads the pages as another user.
chmod 755 . ..
export HOME=$PWD
site=localhost:8081 files=localhost:3000
gateway=

until_it_listens() {
    until curl -s "$2" >/dev/null; do
        kill -0 "$1" 2>/dev/null || { cat gateway.log >&2; exit 1; }
        sleep 0.02
    done
}
in_front() {
    if [ -n "$gateway" ]; then kill "$gateway"; wait "$gateway" || true; fi
    command "$@" >>gateway.log 2>&1 & gateway=$!
    until_it_listens "$gateway" "$site"
}
nginx() { in_front nginx "$@"; }
caddy() { in_front caddy "$@"; }
haproxy() { in_front haproxy "$@"; }
envoy() { in_front envoy --disable-hot-restart "$@"; }
traefik() {
    in_front traefik "$@"
    # It listens before it has its routes.
    while [ "$(curl -s -o /dev/null -w '%{http_code}' "$site")" = 404 ]; do sleep 0.02; done
}
python3() {
    [ "$2 $3" = 'http.server 3000' ]
    command "$python" -m http.server "${files#*:}" "${@:4}" >>gateway.log 2>&1 &
    until_it_listens $! "$files"
}
