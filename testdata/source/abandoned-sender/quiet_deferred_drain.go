package fan

func all(urls []string) error {
	errs := make(chan error)
	for _, u := range urls {
		go func() {
			errs <- get(u) // 9: channel send; from 6
		}()
	}
	defer func() {
		go func() {
			for range errs {
			}
		}()
	}()
	for range urls {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func get(u string) error { return nil }
