// Package upload gives the reader to a request: the transport closes it.
package upload

import (
	"encoding/json"
	"io"
	"net/http"
)

func send(url string, v any) error {
	pr, pw := io.Pipe()
	go func() {
		json.NewEncoder(pw).Encode(v) // 12: select; below io.(*pipe).write < io.(*PipeWriter).Write < encoding/json.(*Encoder).Encode; from 12
		pw.Close()
	}()
	resp, err := http.Post(url, "application/json", pr)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
