package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// maxArchive is the largest archive that is downloaded, in bytes; maxProgram the largest program that is unpacked.
const (
	maxArchive = 64 << 20
	maxProgram = 128 << 20
	maxTime    = 5 * time.Minute
)

// install returns the program of an archive, and downloads it if the cache does not have it.
func (a archive) install(downloads, cache string) (string, error) {
	// The sum is in the name: another build of the same version is another program.
	folder := filepath.Join(cache, "leakscope", a.sum[:16])
	program := filepath.Join(folder, a.programName())
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	content, err := a.download(downloads + "/" + a.name)
	if err != nil {
		return "", err
	}
	binary, err := a.unpack(content)
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.name, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	return program, writeWhole(program, binary)
}

// programName is the name of the program in the archive.
func (a archive) programName() string {
	if strings.HasSuffix(a.name, ".zip") {
		return "leakscope.exe"
	}
	return "leakscope"
}

// download fetches the archive, and refuses it unless its sum is the one that this module carries.
func (a archive) download(address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, response.Status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxArchive+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	if len(content) > maxArchive {
		return nil, fmt.Errorf("%s: larger than %d MiB", address, maxArchive>>20)
	}
	digest := sha256.Sum256(content)
	if got := hex.EncodeToString(digest[:]); got != a.sum {
		return nil, fmt.Errorf("%s: its SHA-256 sum is %s, and must be %s: it is not the file that was released", address, got, a.sum)
	}
	return content, nil
}

// unpack returns the program in an archive.
func (a archive) unpack(content []byte) ([]byte, error) {
	if strings.HasSuffix(a.name, ".zip") {
		return unpackZip(content, a.programName())
	}
	return unpackTar(content, a.programName())
}

var errNoProgram = errors.New("it holds no program")

func unpackTar(content []byte, name string) ([]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	files := tar.NewReader(unzipped)
	for {
		file, err := files.Next()
		if err == io.EOF {
			return nil, errNoProgram
		}
		if err != nil {
			return nil, err
		}
		if path.Base(file.Name) == name && file.Typeflag == tar.TypeReg {
			return io.ReadAll(io.LimitReader(files, maxProgram))
		}
	}
}

func unpackZip(content []byte, name string) ([]byte, error) {
	files, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	for _, file := range files.File {
		if path.Base(file.Name) != name {
			continue
		}
		reader, err := file.Open()
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		return io.ReadAll(io.LimitReader(reader, maxProgram))
	}
	return nil, errNoProgram
}

// writeWhole writes a program under a name of its own first, so that no other process runs half of it.
func writeWhole(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(0o755), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		// Another process may have been faster; on Windows it may hold the file open.
		if _, there := os.Stat(path); there == nil {
			return nil
		}
	}
	return err
}
