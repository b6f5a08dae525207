// Package quote is given its client, or its context: what limits them is not seen here.
package quote

import (
	"context"
	"net/http"
)

type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

type api struct{ client *http.Client }

func New(client *http.Client) *api { return &api{client: client} }

func (a *api) ask(url string) {
	resp, err := a.client.Get(url) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Get
	if err == nil {
		resp.Body.Close()
	}
}

func with(ctx context.Context, url string) {
	req, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
	resp, err := http.DefaultClient.Do(req) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Do
	if err == nil {
		resp.Body.Close()
	}
}

func by(d Doer, req *http.Request) {
	resp, err := d.Do(req) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Do
	if err == nil {
		resp.Body.Close()
	}
}
