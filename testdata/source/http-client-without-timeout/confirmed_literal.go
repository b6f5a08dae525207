// Package quote asks through a client that it makes without a timeout.
package quote

import (
	"context"
	"net/http"
)

type api struct{ client *http.Client }

func newAPI() *api {
	return &api{client: &http.Client{Transport: &http.Transport{MaxIdleConns: 4}}}
}

func (a *api) ask(url string) (int, error) {
	req, err := http.NewRequestWithContext(context.Background(), "GET", url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := a.client.Do(req) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Do
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}
