package count

// As many receives as workers, counted down: as in internal/fuzz.
func all(jobs []func() error, inputs chan int) (first error) {
	errs := make(chan error)
	for _, job := range jobs {
		go func() {
			errs <- job() // 9: channel send; from 7
		}()
	}
	active := len(jobs)
	for {
		select {
		case err := <-errs:
			if first == nil {
				first = err
			}
			active--
			if active == 0 {
				return first
			}
		case <-inputs:
		}
	}
}

// A set that empties, and its size in a variable.
func each(ids map[int]bool) {
	done := make(chan int)
	for id := range ids {
		go func() {
			done <- id // 4: channel send; from 31
		}()
	}
	for {
		id := <-done
		delete(ids, id)
		left := len(ids)
		if left == 0 {
			return
		}
	}
}

// A slice that grows.
func collect(urls []string) (all []int) {
	sizes := make(chan int)
	for _, url := range urls {
		go func() {
			sizes <- len(url) // 4: channel send; from 49
		}()
	}
	for size := range sizes {
		all = append(all, size)
		if len(all) == len(urls) {
			break
		}
	}
	return all
}
