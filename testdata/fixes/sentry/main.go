// Command sentry configures transports and drops them.
package main

import "github.com/getsentry/sentry-go"

func main() {
	for range 20 {
		transport := sentry.NewHTTPTransport()
		transport.Configure(sentry.ClientOptions{Dsn: "http://key@127.0.0.1:1/1"})
	}
	finish("(*HTTPTransport).worker")
}
