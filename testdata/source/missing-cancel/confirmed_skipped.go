package skipped

import "context"

func Copy(name string) error {
	ctx, cancel := context.WithCancel(context.Background())
	go watch(ctx)
	if err := check(name); err != nil {
		return err
	}
	cancel()
	return nil
}

func watch(ctx context.Context) {
	done := ctx.Done()
	<-done // 8: channel receive; from 7
}

func check(string) error { return nil }
