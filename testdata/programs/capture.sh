#!/usr/bin/env bash
# Captures the profiles that lie beside the programs: builds each case, starts it, drives
# four requests through it, and saves what it answers to CASE/goVERSION/.
#
#   ./capture.sh [CASE...]                        all cases when none is named
#   GO_VERSIONS="go1.26.8 go1.27.3" ./capture.sh  default: the go on PATH, and go1.27.3
#
# Needs go, curl and coreutils. /tmp/leakscope must not exist: the programs are built there,
# because a profile holds the path of its binary and that path should say nothing about
# the machine. CGO_ENABLED=0 keeps the machine's C library out of it too.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
bin=/tmp/leakscope
requests=4
server=

die() { printf 'capture.sh: %s\n' "$*" >&2; exit 1; }

stop() {
	if [[ -n $server ]]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
		server=
	fi
}

# Prints the versions to capture with, one a line.
versions() {
	local own
	local -a given
	if [[ -n ${GO_VERSIONS:-} ]]; then
		read -ra given <<<"$GO_VERSIONS"
		printf '%s\n' "${given[@]}"
		return
	fi
	own=$(cd "$here" && go env GOVERSION)
	printf '%s\n' "$own"
	if [[ $own != go1.27.3 ]] && GOTOOLCHAIN=go1.27.3 go version >/dev/null 2>&1; then
		printf 'go1.27.3\n'
	fi
}

get() { curl --silent --show-error --fail --max-time 30 "$@"; }

# Prints the program's count of leaked goroutines once three readings in a row agree.
steady_count() {
	local last='' same=0 answer
	for _ in {1..100}; do
		answer=$(get "$1/counters")
		[[ $answer =~ ^\{\"leaked\":([0-9]+)\}$ ]] || die "unexpected counters: $answer"
		if [[ ${BASH_REMATCH[1]} == "$last" ]]; then
			same=$((same + 1))
		else
			last=${BASH_REMATCH[1]} same=1
		fi
		if ((same == 3)); then
			printf '%s\n' "$last"
			return
		fi
		sleep 0.1
	done
	die "the counters of $1 do not come to rest"
}

# capture CASE VERSION
capture() {
	local case=$1 version=$2 out=$here/$1/$2 line url leaked code
	rm -rf -- "$out"
	mkdir -- "$out"
	(cd "$here" && CGO_ENABLED=0 GOTOOLCHAIN=$version \
		go build -trimpath -buildvcs=false -o "$bin/$case" "./$case")

	mkfifo "$bin/ready"
	# Only labelled has labels; without this its tracebacks would not show them.
	env -i GODEBUG=tracebacklabels=1 "$bin/$case" >"$bin/ready" &
	server=$!
	read -r -t 20 line <"$bin/ready" || die "$case did not start"
	rm -- "$bin/ready"
	[[ $line == 'listening on '* ]] || die "$case said: $line"
	url=http://${line#listening on }

	get "$url/work?n=$requests" >"$bin/answer"
	leaked=$(steady_count "$url")

	local pprof=$url/debug/pprof
	get -o "$out/goroutine.pb.gz" "$pprof/goroutine"
	get -o "$out/goroutine.debug1.txt" "$pprof/goroutine?debug=1"
	get -o "$out/goroutine.debug2.txt" "$pprof/goroutine?debug=2"
	if [[ $case == heaphold ]]; then
		get -o "$out/heap.pb.gz" "$pprof/heap?gc=1"
		get -o "$out/heap.debug1.txt" "$pprof/heap?debug=1"
	fi
	# Last, as it marks goroutines for good: later tracebacks say (leaked).
	code=$(curl --silent --max-time 30 -o "$bin/leak" -w '%{http_code}' "$pprof/goroutineleak")
	if [[ $code == 200 ]]; then
		cp -- "$bin/leak" "$out/goroutineleak.pb.gz"
		get -o "$out/goroutineleak.debug2.txt" "$pprof/goroutineleak?debug=2"
	fi

	# CASE/truth is a JSON object with its braces on lines of their own.
	{
		printf '{\n  "case": "%s",\n  "go": "%s",\n  "leaked": %d,\n' "$case" "$version" "$leaked"
		tail -n +2 -- "$here/$case/truth"
	} >"$out/truth.json"

	get "$url/quit" >"$bin/answer" || true
	stop
	printf '%s %s: leaked %d\n' "$case" "$version" "$leaked"
}

mkdir -- "$bin" || die "$bin is in the way: another run, or what is left of one"
trap 'stop; rm -rf -- "$bin"' EXIT
trap 'exit 1' INT TERM

if (($# == 0)); then
	set --
	for truth in "$here"/*/truth; do # every case but many, which has none
		set -- "$@" "$(basename -- "$(dirname -- "$truth")")"
	done
fi

mapfile -t list < <(versions)
((${#list[@]} > 0)) || die 'no go to build with'
for version in "${list[@]}"; do
	for name in "$@"; do
		[[ -f $here/$name/truth ]] || die "no case $name with a file truth"
		capture "$name" "$version"
	done
done
