package hub

import (
	"context"
	"net/http"
)

type hub struct{ subs map[string]chan int }

func (h *hub) watch(ctx context.Context, name string) {
	in := make(chan int, 1)
	h.subs[name] = in
	go func() {
		for {
			select { // 15: select; from 13
			case <-ctx.Done():
				return
			case n := <-in:
				use(n)
			}
		}
	}()
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	ctx := context.Background()
	h.reserve(ctx, r.FormValue("article"))
}

func (h *hub) reserve(ctx context.Context, name string) { h.watch(ctx, name) }

func Handler(h *hub) http.Handler { return http.HandlerFunc(h.serve) }

func use(int) {}
