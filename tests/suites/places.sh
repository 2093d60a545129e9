# Sourced by the suites' scripts. SUITE_STORE is where they are fetched to, SUITE_LOG keeps what a run says.

limited() { timeout -k 5 1800 "$@"; }

# the outcome in front of the tab, in our words
lower() { sed 's/^PASS\(ED\)\{0,1\}\t/pass\t/; s/^FAIL\(ED\)\{0,1\}\t/fail\t/; s/^ERROR\t/fail\t/; s/^SKIP\(PED\)\{0,1\}\t/skip\t/; s/^X\(FAIL\|PASS\)\t/skip\t/'; }
