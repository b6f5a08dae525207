// Package quote limits each of its requests.
package quote

import (
	"context"
	"net/http"
	"time"
)

type api struct{ client *http.Client }

func newAPI() *api { return &api{client: &http.Client{Timeout: time.Minute}} }

func (a *api) ask(url string) {
	resp, err := a.client.Get(url) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Get
	if err == nil {
		resp.Body.Close()
	}
}

func soon(url string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
	resp, err := http.DefaultClient.Do(req) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Do
	if err == nil {
		resp.Body.Close()
	}
}

func header(url string) {
	c := http.Client{Transport: &http.Transport{ResponseHeaderTimeout: time.Second}}
	resp, err := c.Get(url) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Get
	if err == nil {
		resp.Body.Close()
	}
}
