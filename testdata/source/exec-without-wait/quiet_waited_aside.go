// Package tool waits for its commands in a goroutine, or hands them on.
package tool

import (
	"context"
	"os/exec"
)

func Run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "convert", "a", "b")
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait()
	return nil
}

func Start(ctx context.Context) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, "convert", "a", "b")
	return cmd, cmd.Start()
}

// 12: select; alone os/exec.(*Cmd).watchCtx
