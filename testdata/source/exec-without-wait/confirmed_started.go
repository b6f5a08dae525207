// Package tool starts a command and forgets it.
package tool

import (
	"bytes"
	"context"
	"os/exec"
)

func Run(ctx context.Context) error {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "convert", "a", "b")
	cmd.Stdout = &out
	return cmd.Start()
}

// 12: select; alone os/exec.(*Cmd).watchCtx
