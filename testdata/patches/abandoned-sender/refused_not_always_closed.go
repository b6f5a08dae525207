package main

type node struct {
	status chan int
	stop   chan struct{}
	quit   chan struct{}
	done   chan struct{}
}

// One way out does not close `done`.
func (n *node) ask() error {
	n.status <- 1 // 9: channel send
	return nil
}

func (n *node) run() {
	for {
		select {
		case c := <-n.status:
			println(c)
		case <-n.quit:
			return
		case <-n.stop:
			close(n.done)
			return
		}
	}
}

func main() {
	n := &node{make(chan int), make(chan struct{}), make(chan struct{}), make(chan struct{})}
	go n.run()
	close(n.stop)
	close(n.quit)
	_ = n.ask()
}
