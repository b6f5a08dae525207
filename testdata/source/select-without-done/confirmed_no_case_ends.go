package feed

import "context"

type feed struct{ in, ack chan int }

func (f *feed) pump(ctx context.Context) {
	for {
		select { // 12: select; from 19
		case v := <-f.in:
			use(v)
		case f.ack <- 1:
		}
	}
}

func handle(ctx context.Context) {
	f := &feed{in: make(chan int), ack: make(chan int)}
	go f.pump(ctx)
}

func use(int) {}
