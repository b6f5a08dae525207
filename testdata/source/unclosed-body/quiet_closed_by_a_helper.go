// Package helper closes bodies in functions of its own.
package helper

import (
	"encoding/json"
	"io"
	"net/http"
)

func finish(body io.ReadCloser) {
	io.Copy(io.Discard, body)
	body.Close()
}

func decode(resp *http.Response, into any) error {
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

func One(url string) (n int, err error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	return n, decode(resp, &n)
}

func All(urls []string) {
	for _, url := range urls {
		resp, err := http.Get(url)
		if err != nil {
			continue
		}
		finish(resp.Body)
	}
}

// 12: select; alone net/http.(*persistConn).readLoop
