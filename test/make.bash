# For tests that call this Makefile: make as it was called for the build under
# test, so that it finds nothing to build.
#
#	made_with    the variables, a word each; BUILD is not among them

made_with() {
	local flags=$PLUMBLINE_BUILD/flags

	printf 'CC=%s' "$(cut -d' ' -f1 "$flags")"
	! grep -q -- -fsanitize "$flags" || printf ' SAN=1'
	! grep -q -- -Werror "$flags" || printf ' DEV=1'
}

# The tools that the Makefile lists.
tools() {
	make -s -C "$BATS_TEST_DIRNAME/.." --no-print-directory \
		--eval 'list-tools: ; @echo $(TOOLS)' list-tools
}
