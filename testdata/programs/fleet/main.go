// Command fleet serves 200 instances of 40 services on loopback: goroutine profiles made up from a table, among them a leak of one
// version, an odd instance, and instances that fail in different ways. It prints a list of targets, a line "END", and ends when its
// standard input does.
package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

const (
	services  = 40
	instances = 5
)

// A stack and how many goroutines have it. The leaf comes first.
type sample struct {
	stack []string
	count int
}

var (
	pool  = []string{"runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1", "example.com/shop/pool.(*Worker).run"}
	leak  = []string{"runtime.gopark", "runtime.chansend", "runtime.chansend1", "example.com/shop/api.(*Hub).send", "example.com/shop/api.Serve"}
	conns = []string{"runtime.gopark", "runtime.selectgo", "example.com/shop/db.(*Pool).wait", "example.com/shop/db.Query"}
)

// samples says which stacks an instance has.
func samples(service, instance int) []sample {
	all := []sample{{pool, 50}, {conns, 1}}
	switch {
	case service == 7 && instance >= 2: // the instances of v2
		all = append(all, sample{leak, 900 + instance})
	case service == 11 && instance == 2: // the odd one
		all[1].count = 400
	}
	return all
}

func version(service, instance int) string {
	if service == 7 && instance >= 2 {
		return "v2.0.0"
	}
	return "v1.0.0"
}

// asked counts requests to anything but the goroutine profile without arguments: there must be none.
var asked atomic.Int64

func handler(service, instance int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/debug/pprof/goroutine" || r.URL.RawQuery != "" {
			asked.Add(1)
			http.Error(w, "only the counts are served", http.StatusTeapot)
			return
		}
		switch {
		case service == 3 && instance == 0: // never answers
			time.Sleep(time.Hour)
		case service == 4 && instance == 1: // another service listens there
			io.WriteString(w, "<html><body>It works!</body></html>")
		case service == 6 && instance == 0:
			http.Error(w, "no", http.StatusForbidden)
		case service == 9 && instance == 4: // dies while it answers
			body := profile(samples(service, instance))
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Write(body[:len(body)/2])
		default:
			w.Write(profile(samples(service, instance)))
		}
	})
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	var gone []net.Listener
	for service := range services {
		for instance := range instances {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				log.Fatal(err)
			}
			fmt.Fprintf(out, "svc-%02d %s version=%s team=team-%d instance=svc-%02d-%d\n",
				service, listener.Addr(), version(service, instance), service%4, service, instance)
			// One instance is gone, and a whole service: closed at the end, or another instance would get the port.
			if service == 5 && instance == 3 || service == 8 {
				gone = append(gone, listener)
				continue
			}
			go http.Serve(listener, handler(service, instance))
		}
	}
	for _, listener := range gone {
		listener.Close()
	}
	fmt.Fprintln(out, "END")
	out.Flush()
	io.Copy(io.Discard, os.Stdin)
	if n := asked.Load(); n > 0 {
		log.Fatalf("%d requests for something else", n)
	}
}

// profile encodes a goroutine profile as proto/profile.proto says.
func profile(all []sample) []byte {
	strings := []string{"", "goroutine", "count"}
	index := map[string]uint64{"": 0, "goroutine": 1, "count": 2}
	intern := func(text string) uint64 {
		if _, ok := index[text]; !ok {
			index[text] = uint64(len(strings))
			strings = append(strings, text)
		}
		return index[text]
	}
	var body, functions []byte
	body = bytesField(body, 1, varints(nil, 1, 1, 2, 2)) // sample_type
	locations := map[string]uint64{}
	for _, it := range all {
		var ids []byte
		for _, name := range it.stack {
			id, ok := locations[name]
			if !ok {
				id = uint64(len(locations) + 1)
				locations[name] = id
				line := varints(nil, 1, id, 2, 10+id)
				functions = bytesField(functions, 4, bytesField(varints(nil, 1, id), 4, line))
				functions = bytesField(functions, 5, varints(nil, 1, id, 2, intern(name), 4, intern("/srv/shop/"+name+".go")))
			}
			ids = varint(ids, id)
		}
		body = bytesField(body, 2, bytesField(bytesField(nil, 1, ids), 2, varint(nil, uint64(it.count))))
	}
	body = append(body, functions...)
	for _, text := range strings {
		body = bytesField(body, 6, []byte(text))
	}
	var packed writer
	zip := gzip.NewWriter(&packed)
	zip.Write(body)
	zip.Close()
	return packed
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

func varint(out []byte, n uint64) []byte {
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

// varints encodes pairs of a field's number and its value.
func varints(out []byte, pairs ...uint64) []byte {
	for i := 0; i < len(pairs); i += 2 {
		out = varint(varint(out, pairs[i]<<3), pairs[i+1])
	}
	return out
}

func bytesField(out []byte, field uint64, value []byte) []byte {
	return append(varint(varint(out, field<<3|2), uint64(len(value))), value...)
}
