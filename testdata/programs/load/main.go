// Command load is what drives a program in the gate's test: a few requests, then it ends.
//
//	load http://127.0.0.1:PORT/work?n=20
package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	for _, url := range os.Args[1:] {
		response, err := http.Get(url)
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			log.Fatalf("%s: %s: %s%v", url, response.Status, body, err)
		}
	}
}
