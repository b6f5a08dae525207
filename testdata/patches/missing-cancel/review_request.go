package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"time"
)

func handle(w http.ResponseWriter, r *http.Request) {
	ctx := context.Background() // should be the request's
	go watch(ctx)
}

func watch(ctx context.Context) {
	select { // 9: select; from 14
	case <-ctx.Done():
		return
	}
}

func main() {
	call := handle
	for range 10 {
		ctx, cancel := context.WithCancel(context.Background())
		call(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		cancel()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
