// Package peers lets a program outside of goleak use its parser. It is added to a copy of goleak.
package peers

import (
	"io"

	"go.uber.org/goleak/internal/stack"
)

// Count is the number of goroutines that goleak finds in a text.
func Count(r io.Reader) (int, error) {
	stacks, err := stack.ParseForPeers(r)
	return len(stacks), err
}
