package request

import (
	"context"
	"net/http"
)

func handle(w http.ResponseWriter, r *http.Request) {
	ctx, _ := context.WithCancel(r.Context())
	go wait(ctx)
}

func wait(ctx context.Context) {
	<-ctx.Done() // 30: channel receive; from 10
}
