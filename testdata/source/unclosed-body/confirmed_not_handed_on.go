// Package api hands responses on, and forgets those that it refuses.
package api

import (
	"errors"
	"io"
	"net/http"
)

func open(client *http.Client, req *http.Request) (*http.Response, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 500 {
		return nil, errors.New("the other side is broken")
	}
	return resp, nil
}

func Text(client *http.Client, req *http.Request) ([]byte, error) {
	resp, err := open(client, req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// 7: select; alone net/http.(*persistConn).readLoop
