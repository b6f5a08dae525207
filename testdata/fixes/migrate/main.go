// Command migrate fails at the first of many migrations.
package main

import (
	"errors"
	"fmt"
	"io"
	"testing/fstest"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	"github.com/golang-migrate/migrate/v4/source/iofs"
)

type failing struct{}

func (failing) Open(string) (database.Driver, error) { return failing{}, nil }
func (failing) Close() error                         { return nil }
func (failing) Lock() error                          { return nil }
func (failing) Unlock() error                        { return nil }
func (failing) Run(io.Reader) error                  { return errors.New("no") }
func (failing) SetVersion(int, bool) error           { return nil }
func (failing) Version() (int, bool, error)          { return database.NilVersion, false, nil }
func (failing) Drop() error                          { return nil }

func main() {
	files := fstest.MapFS{}
	for i := range 30 {
		files[fmt.Sprintf("%d_a.up.sql", i+1)] = &fstest.MapFile{Data: []byte("select 1")}
	}
	for range 20 {
		source, err := iofs.New(files, ".")
		if err != nil {
			panic(err)
		}
		m, err := migrate.NewWithInstance("iofs", source, "failing", failing{})
		if err != nil {
			panic(err)
		}
		_ = m.Up()
	}
	finish("(*Migrate).readUp")
}
