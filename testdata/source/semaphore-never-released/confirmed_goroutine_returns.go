package limit

func all(urls []string) {
	sem := make(chan struct{}, 8)
	for _, u := range urls {
		sem <- struct{}{} // 1: channel send
		go func() {
			if err := get(u); err != nil {
				return
			}
			<-sem
		}()
	}
}

func get(string) error { return nil }
