package ask

func ask(id string) int {
	ch := make(chan int)
	go func() {
		n, err := load(id)
		if err != nil {
			return
		}
		ch <- n
	}()
	return <-ch // 3: channel receive
}

func load(id string) (int, error) { return len(id), nil }
