# For tests that call this Makefile: make as it was called for the build under
# test, so that it finds nothing to build.
#
#	made_with            the variables, a word each; BUILD is not among them
#	make_program NAME    has a program of the build, before helper.bash is set up

made_with() {
	local flags=$PLUMBLINE_BUILD/flags

	printf 'CC=%s' "$(cut -d' ' -f1 "$flags")"
	! grep -q -- -fsanitize "$flags" || printf ' SAN=1'
	! grep -q -- -Werror "$flags" || printf ' DEV=1'
}

make_program() {
	local top

	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	# make names what it makes as seen from there.
	# shellcheck disable=SC2046 # a word each
	make -s -C "$top" --no-print-directory \
		BUILD="${PLUMBLINE_BUILD:=build}" $(made_with) \
		"${PLUMBLINE_BUILD#"$top"/}/$1"
}

# The tools that the Makefile lists.
tools() {
	make -s -C "$BATS_TEST_DIRNAME/.." --no-print-directory \
		--eval 'list-tools: ; @echo $(TOOLS)' list-tools
}
