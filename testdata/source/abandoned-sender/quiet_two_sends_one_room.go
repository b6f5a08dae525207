package ask

import "time"

// One value at most, and room for it.
func ask(id string) error {
	errs := make(chan error, 1)
	go func() {
		if err := get(id); err != nil {
			errs <- err
			return
		}
		errs <- nil // 3: channel send; from 8
	}()
	select {
	case err := <-errs:
		return err
	case <-time.After(time.Second):
		return nil
	}
}

func get(u string) error { return nil }
