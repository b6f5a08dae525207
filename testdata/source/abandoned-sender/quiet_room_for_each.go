package fan

// Room for each sender, whoever leaves.
func all(urls []string) error {
	errs := make(chan error, len(urls))
	for _, u := range urls {
		go func() {
			errs <- get(u) // 9: channel send; from 7
		}()
	}
	for range urls {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func get(u string) error { return nil }
