package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"time"
)

func isUp(client *http.Client, url string) (bool, error) {
	resp, err := client.Get(url)
	if err != nil {
		return false, err
	}
	return resp.StatusCode == http.StatusOK, nil
}

// 12: select; alone net/http.(*persistConn).readLoop

func main() {
	answer := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }
	server := httptest.NewServer(http.HandlerFunc(answer))
	client := server.Client()
	for range 10 {
		_, _ = isUp(client, server.URL)
	}
	client.CloseIdleConnections()
	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 10 {
		os.Exit(1)
	}
}
