#!/usr/bin/env bats
# ci/bootstrap, with a dpkg and an apt that only pretend.

load helper

# A PATH of nothing but what a minimal Debian has, and the pretenders.
prepare_test() {
	local program

	mkdir bin
	for program in bash cat chmod cp env grep mkdir mktemp rm sort tee touch; do
		ln -s "$(command -v $program)" bin/
	done
	pretend dpkg-query 'for name; do :; done
		grep -qx "$name" installed || exit 1
		printf installed'
	pretend apt-get 'case $* in
		indextargets*) echo deb-src; exit ;;
		*--tar-only*) [ ! -e "${0%/*}/../sourceless" ] || exit 100
			: >lua5.4_5.4.4.orig.tar.gz; exit ;;
		esac
		[ -e calls ] || exit 0
		echo "apt-get $* ($DEBIAN_FRONTEND)" >>calls
		[ ! -e broken ] || exit 100
		[ ! -e policy ] || cat policy >policy-then
		for name; do echo "$name" >>installed; done'
	pretend apt-cache 'case $* in *-6.1) [ ! -e unknown ];; esac'
	pretend id 'echo 0'
	printf 'ID=debian\n' >os-release
	touch installed calls
}

pretend() {
	printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

bootstrap() {
	env -i PATH="$PWD/bin" PLUMBLINE_OS_RELEASE=os-release \
		PLUMBLINE_POLICY="$PWD/policy" PLUMBLINE_LUA_SOURCE="$PWD/lua" \
		"$TOP/ci/bootstrap" "$@"
}

# As if the packages of a whole bootstrap, but for those named, were there.
install_all_but() {
	bootstrap --workloads --dry-run | sed -n 's/.*to install: //p' | tr ' ' '\n' >all
	[ "$(wc -l <all)" -gt 15 ]
	printf '%s\n' "$@" >but
	grep -vxFf but all >installed
}

calls_are() {
	printf '%s' "${1:+$1$'\n'}" | diff -u - calls >&2
}

@test "bootstrap: nothing is missing, and nothing is done" {
	install_all_but none
	expect 0 bootstrap
	out_has 'nothing to install; there: bats'
	calls_are ''
}

@test "bootstrap: what is missing is installed, and only that" {
	install_all_but jq gcc
	expect 0 bootstrap
	out_has 'there: bats'
	out_has 'to install: gcc jq'
	out_has 'all is there'
	sed -i 's/-o [^ ]* //' calls
	calls_are "apt-get -q update (noninteractive)
apt-get -q install -y --no-install-recommends gcc jq (noninteractive)"
	expect 0 bootstrap
	out_has 'nothing to install'
	[ "$(wc -l <calls)" -eq 2 ]
}

@test "bootstrap: a bare system" {
	expect 0 bootstrap
	out_has 'to install: bats'
	expect 0 bootstrap
	out_has 'nothing to install'
}

@test "bootstrap: --dry-run installs nothing" {
	install_all_but jq
	expect 0 bootstrap --dry-run
	out_has 'to install: jq'
	calls_are ''
}

@test "bootstrap: --minimal is for building and running" {
	expect 0 bootstrap --minimal --dry-run
	out_is "ci/bootstrap: to install: fonts-dejavu-core gcc git\
 libc6-dev libfribidi-dev libgsl-dev libhpdf-dev libjansson-dev libjs-dygraphs\
 libmd-dev libsqlite3-dev libyaml-dev make"
}

@test "bootstrap: --browser adds what looks at the dashboard" {
	install_all_but none
	expect 0 bootstrap --browser --dry-run
	out_has 'to install: chromium npm'
	# One from elsewhere stays.
	pretend npm true
	expect 0 bootstrap --browser --dry-run
	out_has 'to install: chromium'
	run ! grep npm out
}

@test "bootstrap: --workloads adds what TAGS=all needs, and starts nothing" {
	install_all_but nginx-light wrk
	pretend systemctl 'echo "systemctl $*" >>calls'
	expect 0 bootstrap --minimal --workloads
	out_has 'to install: nginx-light wrk'
	out_has "to fetch: $PWD/lua"
	sed -i 's/-o [^ ]* //' calls
	calls_are "apt-get -q update (noninteractive)
apt-get -q install -y --no-install-recommends nginx-light wrk (noninteractive)
systemctl -q disable nginx"
	grep -q '^exit 101' policy-then
	[ ! -e policy ]
	[ -e lua ]
	expect 0 bootstrap --minimal --workloads
	out_has 'nothing to install'
	expect 0 bootstrap --minimal --dry-run
	run ! grep -q nginx out
	ignore_out
}

@test "bootstrap: --workloads does without what the system has not got" {
	touch unknown sourceless
	install_all_but linux-source-6.1 wrk
	expect 0 bootstrap --workloads
	out_has 'not in this system: linux-source-6.1; what needs it is skipped'
	out_has 'all is there'
	err_is 'ci/bootstrap: no source of lua; what needs it is skipped'
	grep -q 'recommends wrk ' calls
}

@test "bootstrap: a policy that is there stays" {
	echo mine >policy
	install_all_but wrk
	expect 0 bootstrap --workloads
	ignore_out
	echo mine | diff -u - policy >&2
}

@test "bootstrap: every program that a workload requires has its package" {
	local program package

	# Where the package has another name: the program and the package; those
	# of every Debian have none.
	cat >packages <<-'END'
		ar gcc
		awk -
		bash -
		cp -
		dd -
		debugfs e2fsprogs
		e2fsck e2fsprogs
		envsubst gettext-base
		find -
		gcc gcc
		inotifywait inotify-tools
		ip iproute2
		j2 j2cli
		ld gcc
		mkfs.ext4 e2fsprogs
		nbdcopy libnbd-bin
		nft nftables
		nginx nginx-light
		nsenter util-linux
		pgbench postgresql
		psql postgresql
		redis-benchmark redis-tools
		redis-cli redis-tools
		seq -
		setpriv util-linux
		sh -
		tar -
		tomljson golang-github-pelletier-go-toml
		unshare util-linux
		xargs -
		xz xz-utils
	END
	expect 0 bootstrap --minimal --workloads --dry-run
	ignore_out
	while read -r program; do
		package=$(sed -n "s/^$program //p" packages)
		[ "$package" != - ] || continue
		[ ! -x "$PLUMBLINE_BUILD/bin/$program" ] || continue
		grep -qE "[ ]${package:-$program}( |\$)" out ||
			{ echo "no package is known for: $program" >&2; return 1; }
	done < <(wl-expand "$TOP"/workloads/*.yaml 2>/dev/null |
		jq -r '.exec.requires.programs // [] | .[]' | sort -u)
}

@test "bootstrap: every library that the Makefile links is installed" {
	expect 0 bootstrap --dry-run
	ignore_out
	grep -oE '\-l(yaml|jansson|gsl|md|cmocka|hpdf|fribidi)\b' "$TOP/Makefile" |
		sort -u >libraries
	[ "$(wc -l <libraries)" -eq 7 ]
	while read -r library; do
		grep -q "lib${library#-l}-dev" out
	done <libraries
}

@test "bootstrap: a removed package is not installed" {
	pretend dpkg-query 'printf config-files'
	expect 0 bootstrap --minimal --dry-run
	out_has 'to install: fonts-dejavu-core gcc'
}

@test "bootstrap: another system is refused, and told the packages" {
	printf 'ID=fedora\nID_LIKE="rhel centos"\n' >os-release
	expect 2 bootstrap
	err_has 'ci/bootstrap: this is not Debian or Ubuntu'
	err_has 'libjansson-dev'
	calls_are ''
	rm os-release
	expect 2 bootstrap
	err_has 'this is not Debian or Ubuntu'
}

@test "bootstrap: descendants of Debian will do" {
	printf 'NAME="x"\nID=ubuntu\nID_LIKE=debian\n' >os-release
	expect 0 bootstrap --dry-run
	out_has 'to install'
	printf 'ID=linuxmint\nID_LIKE="ubuntu debian"\n' >os-release
	expect 0 bootstrap --dry-run
	out_has 'to install'
}

@test "bootstrap: neither root nor sudo" {
	pretend id 'echo 1000'
	install_all_but jq
	expect 2 bootstrap
	out_has 'to install: jq'
	err_has 'as root, run: apt-get update && apt-get install'
	err_has 'jq'
	calls_are ''
}

@test "bootstrap: through sudo" {
	pretend id 'echo 1000'
	pretend sudo 'echo sudo >>calls; exec "$@"'
	install_all_but jq
	expect 0 bootstrap
	out_has 'all is there'
	[ "$(grep -c sudo calls)" -eq 2 ]
	grep -q 'jq (noninteractive)' calls
}

@test "bootstrap: where apt fails, so does this" {
	install_all_but jq
	touch broken
	expect 2 bootstrap
	ignore_out
	err_is 'ci/bootstrap: apt-get update failed'
}

@test "bootstrap: a package that is missing still" {
	install_all_but jq
	pretend apt-get ':'
	expect 2 bootstrap
	ignore_out
	err_is 'ci/bootstrap: still missing: jq'
}

@test "bootstrap: an unknown argument" {
	expect 2 bootstrap --quick
	err_is 'ci/bootstrap: unknown argument: --quick'
}
