// Package quote asks through the default client.
package quote

import "net/http"

func ask(url string) (int, error) {
	resp, err := http.Get(url) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Get < net/http.Get
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}
