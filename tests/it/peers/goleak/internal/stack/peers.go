package stack

import "io"

// ParseForPeers parses a text as goleak does with what the runtime writes.
func ParseForPeers(r io.Reader) ([]Stack, error) { return newStackParser(r).Parse() }
