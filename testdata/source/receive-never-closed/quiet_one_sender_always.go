package ask

import "time"

// If the load fails the timer sends.
func ask(id string) int {
	ch := make(chan int, 2)
	go func() {
		n, err := load(id)
		if err != nil {
			return
		}
		ch <- n
	}()
	time.AfterFunc(time.Second, func() { ch <- -1 })
	return <-ch // 3: channel receive
}

func load(id string) (int, error) { return len(id), nil }
