package limit

func all(urls []string) {
	sem := make(chan struct{}, 8)
	for _, u := range urls {
		sem <- struct{}{} // 1: channel send
		go func() {
			defer func() { <-sem }()
			get(u)
		}()
	}
}

func get(string) error { return nil }
