#!/usr/bin/env bash
# Runs `leakscope fix` on versions of public modules that leaked, as their authors fixed them later.
#
#   ./run.sh [CASE...]                 all cases when none is named
#   LEAKSCOPE=path/to/leakscope ./run.sh
#
# For each case: the module comes through Go's module proxy, and its copy gets the program of CASE/main.go, which provokes the leak, prints
# how many goroutines are left and writes a profile. The diff for that profile is compared with CASE/fix.diff, what is said beside it with
# CASE/said.txt, and the program runs again with the diff. LEAKSCOPE_WRITE=1 writes the two files instead of comparing them.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
leakscope=${LEAKSCOPE:-leakscope}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf -- "$work"' EXIT
export GOTOOLCHAIN=local GOFLAGS=-buildvcs=false

# A string of CASE/case.json, which has one on each line.
field() { sed -n "s/^ *\"$2\": \"\(.*\)\",*$/\1/p" "$here/$1/case.json"; }

run_case() {
	local name=$1 module version copy left after
	module=$(field "$name" module)
	version=$(field "$name" version)
	copy=$work/$name
	local from
	from=$(cd "$work" && go mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
	[[ -d $from ]] || { printf '%s: %s cannot be had\n' "$name" "$module@$version"; return 1; }
	cp -r -- "$from" "$copy"
	chmod -R u+w "$copy"
	mkdir "$copy/leakscopecase"
	cp -- "$here/$name/main.go" "$here/finish.go" "$copy/leakscopecase/"
	cd "$copy"
	# Some of them are older than modules.
	if [[ ! -f go.mod ]]; then go mod init "$module" 2>/dev/null; fi
	# Others are a folder of a repository, and lean on those beside it.
	sed -i '/=> *\.\.\//d' go.mod
	# Loop variables and integer ranges of the program need Go 1.22, and a module that is older keeps its own meaning of them.
	sed -i '1i //go:build go1.22\n' leakscopecase/*.go
	go build -trimpath -mod=mod -o "$work/before" ./leakscopecase
	left=$("$work/before" "$work/$name.pb.gz" 2>/dev/null)
	local code=0
	"$leakscope" fix "$work/$name.pb.gz" --source . ${LEAKSCOPE_REVIEW:+--review} >"$work/fix.diff" 2>"$work/said.txt" || code=$?
	# How many of them were stuck when it stopped differs.
	sed -i -E 's/: [0-9]+ goroutines? (is|are|wait)/: goroutines \1/' "$work/said.txt"
	if [[ -n ${LEAKSCOPE_WRITE:-} ]]; then
		cp -- "$work/fix.diff" "$work/said.txt" "$here/$name/"
		if [[ ! -s $work/fix.diff ]]; then rm -- "$here/$name/fix.diff"; fi
	else
		if [[ -f $here/$name/fix.diff ]]; then
			diff -u "$here/$name/fix.diff" "$work/fix.diff"
		elif [[ -s $work/fix.diff ]]; then
			printf '%s: a patch where none is expected\n' "$name"
			cat -- "$work/fix.diff"
			return 1
		fi
		diff -u "$here/$name/said.txt" "$work/said.txt"
	fi
	after='no patch'
	if [[ -s $work/fix.diff ]]; then
		git apply "$work/fix.diff" 2>/dev/null || patch -s -p1 <"$work/fix.diff"
		sed -n 's|^+++ b/||p' "$work/fix.diff" | while IFS= read -r file; do
			[[ -z $(gofmt -l "$file") ]] || printf '%s: gofmt would format %s\n' "$name" "$file"
		done
		go build -trimpath -mod=mod -o "$work/after" ./leakscopecase
		after=$("$work/after" "$work/after.pb.gz" 2>/dev/null)
	fi
	printf '%-14s before: %s, after: %s (exit code %s)\n' "$name" "$left" "$after" "$code"
}

if (($# == 0)); then
	cd "$here"
	set -- */
fi
failed=0
for name in "$@"; do
	(run_case "${name%/}") || failed=1
done
exit "$failed"
