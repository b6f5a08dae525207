package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

const program = "#!/bin/sh\necho ran\n"

func tarGz(t *testing.T, name string) []byte {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	files := tar.NewWriter(zipped)
	if err := files.WriteHeader(&tar.Header{Name: name, Size: int64(len(program)), Mode: 0o755, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	files.Write([]byte(program))
	files.Close()
	zipped.Close()
	return packed.Bytes()
}

func zipped(t *testing.T, name string) []byte {
	t.Helper()
	var packed bytes.Buffer
	files := zip.NewWriter(&packed)
	file, err := files.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	file.Write([]byte(program))
	files.Close()
	return packed.Bytes()
}

// serve serves one file at any address, and counts the requests.
func serve(t *testing.T, content []byte) (string, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if strings.HasSuffix(r.URL.Path, "gone.tar.gz") {
			http.NotFound(w, r)
			return
		}
		w.Write(content)
	}))
	t.Cleanup(server.Close)
	return server.URL, &requests
}

func sumOf(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

func TestInstallsOnce(t *testing.T) {
	for _, name := range []string{"a.tar.gz", "a.zip"} {
		content := tarGz(t, "leakscope-0.1.0/leakscope")
		if name == "a.zip" {
			content = zipped(t, "leakscope-0.1.0/leakscope.exe")
		}
		address, requests := serve(t, content)
		cache := t.TempDir()
		a := archive{name: name, sum: sumOf(content)}
		for range [2]int{} {
			path, err := a.install(address, cache)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); string(got) != program {
				t.Errorf("%s: the program is %q", name, got)
			}
		}
		if got := requests.Load(); got != 1 {
			t.Errorf("%s: %d requests, want 1", name, got)
		}
	}
}

func TestRefusesAnotherFile(t *testing.T) {
	content := tarGz(t, "leakscope-0.1.0/leakscope")
	address, _ := serve(t, content)
	empty := tarGz(t, "leakscope-0.1.0/README.md")
	emptyAddress, _ := serve(t, empty)
	check := func(address string, a archive, want string) {
		t.Helper()
		cache := t.TempDir()
		_, err := a.install(address, cache)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
		if entries, _ := os.ReadDir(cache); len(entries) != 0 {
			t.Errorf("%v was left in the cache", entries)
		}
	}
	check(address, archive{name: "a.tar.gz", sum: sumOf([]byte("other"))}, "it is not the file that was released")
	check(address, archive{name: "gone.tar.gz", sum: sumOf(content)}, "404")
	check(emptyAddress, archive{name: "a.tar.gz", sum: sumOf(empty)}, "it holds no program")
}

func TestFindsTheArchive(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	made, err := parseSums("# leakscope 1.2.3\n" + sum + "  leakscope-1.2.3-x86_64-unknown-linux-musl.tar.gz\n")
	if err != nil || made.version != "1.2.3" {
		t.Fatal(made, err)
	}
	if found, err := made.archiveFor("linux", "amd64"); err != nil || found.sum != sum {
		t.Error(found, err)
	}
	for _, other := range [][2]string{{"linux", "arm64"}, {"plan9", "386"}} {
		if _, err := made.archiveFor(other[0], other[1]); err == nil || !strings.Contains(err.Error(), "has no program for") {
			t.Errorf("%v: %v", other, err)
		}
	}
	none, err := parseSums("# leakscope 1.2.3\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.archiveFor("linux", "amd64"); err == nil || !strings.Contains(err.Error(), "no released version") {
		t.Error(err)
	}
	for _, bad := range []string{"", "leakscope 1.2.3\n", "# leakscope 1.2.3\nabc  name\n"} {
		if _, err := parseSums(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestOwnSums(t *testing.T) {
	if _, err := parseSums(sums); err != nil {
		t.Error(err)
	}
}
