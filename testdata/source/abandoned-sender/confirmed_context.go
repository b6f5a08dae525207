package quote

import "context"

type answer struct {
	price int
	err   error
}

func price(ctx context.Context, id string) (int, error) {
	ch := make(chan answer)
	go func() {
		p, err := ask(id)
		if err != nil {
			ch <- answer{err: err}
			return
		}
		ch <- answer{price: p} // 5: channel send; from 12
	}()
	select {
	case a := <-ch:
		return a.price, a.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func ask(id string) (int, error) { return len(id), nil }
