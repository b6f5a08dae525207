package feed

import "errors"

func load(n int) error {
	if n > 3 {
		return errors.New("too many")
	}
	return nil
}

// The return on an error closes it, too.
func follow(n int) error {
	done := make(chan struct{})
	go func() {
		<-done // 9: channel receive; from 15
	}()
	fail := func(err error) error {
		close(done)
		return err
	}
	if err := load(n); err != nil {
		return fail(err)
	}
	close(done)
	return nil
}
