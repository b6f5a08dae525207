package log

func Lines(line string) <-chan string {
	ch := make(chan string)
	go func() {
		ch <- line // 4: channel send; from 5
	}()
	return ch
}
