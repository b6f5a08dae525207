// Peers writes the inputs that other programs test themselves with to a folder, and prints for each what that program
// finds in it: the program, the name of the input, the number of goroutines, and the path, separated by tabs.
//
// -1 stands for "it reports an error", and "-" for a number that the peer does not say.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/DataDog/gostackparse"
	"github.com/google/pprof/profile"
	"github.com/maruel/panicparse/v2/stack"
	"go.uber.org/goleak/peers"
)

func main() {
	out, pp := os.Args[1], os.Args[2]
	files(out, "gostackparse", dir("github.com/DataDog/gostackparse"), ".txt", byGostackparse)
	files(out, "goleak", filepath.Join(dir("go.uber.org/goleak"), "internal/stack/testdata"), ".txt", byGoleak)
	literals(out, "goleak", dir("go.uber.org/goleak"), byGoleak)
	panicparse := dir("github.com/maruel/panicparse/v2")
	literals(out, "panicparse", panicparse, func(text []byte) string {
		count, _ := byPanicparse(text)
		return count
	})
	printed(out, pp, panicparse)
	files(out, "pprof", filepath.Join(dir("github.com/google/pprof"), "profile/testdata"), "", byPprof)
	files(out, "pprof", filepath.Join(dir("github.com/google/pprof"), "internal/driver/testdata"), "", byPprof)
}

// dir is the folder of a module.
func dir(module string) string {
	path, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	check(err)
	return strings.TrimSpace(string(path))
}

func byGostackparse(text []byte) string {
	goroutines, errs := gostackparse.Parse(bytes.NewReader(text))
	if len(goroutines) == 0 && len(errs) > 0 {
		return "-1"
	}
	return strconv.Itoa(len(goroutines))
}

func byGoleak(text []byte) string {
	count, err := peers.Count(bytes.NewReader(text))
	if err != nil {
		return "-1"
	}
	return strconv.Itoa(count)
}

// byPanicparse counts the goroutines of all snapshots in a text, and says whether one is a report of the race detector.
func byPanicparse(text []byte) (count string, race bool) {
	defer func() {
		if recover() != nil {
			count = "-1"
		}
	}()
	total, in := 0, io.Reader(bytes.NewReader(text))
	for {
		snapshot, rest, err := stack.ScanSnapshot(in, io.Discard, stack.DefaultOpts())
		if snapshot != nil {
			race = race || snapshot.IsRace()
			if !snapshot.IsRace() {
				total += len(snapshot.Goroutines)
			}
		}
		if err != nil {
			if total == 0 && err != io.EOF {
				return "-1", race
			}
			return strconv.Itoa(total), race
		}
		in = io.MultiReader(bytes.NewReader(rest), in)
	}
}

// byPprof sums the values of a goroutine profile. Any other profile has no goroutines; a report of pprof has what it says.
func byPprof(data []byte) string {
	prof, err := profile.ParseData(data)
	if err != nil {
		return "-"
	}
	total := int64(0)
	for at, kind := range prof.SampleType {
		for _, sample := range prof.Sample {
			if kind.Type == "goroutine" {
				total += sample.Value[at]
			}
		}
	}
	return strconv.FormatInt(total, 10)
}

// files reads the files below a folder whose names end in suffix.
func files(out, peer, folder, suffix string, count func([]byte) string) {
	check(filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			name, _ := filepath.Rel(folder, path)
			report(out, peer, filepath.ToSlash(name), data, count(data))
		}
		return err
	}))
}

// literals reads the texts in the Go files of a module that hold goroutines, most of which are the inputs of its tests.
func literals(out, peer, folder string, count func([]byte) string) {
	for _, text := range textsIn(folder) {
		report(out, peer, text.name, text.data, count(text.data))
	}
}

// printed reads what panicparse's own program prints of these texts.
func printed(out, pp, folder string) {
	for _, text := range textsIn(folder) {
		count, race := byPanicparse(text.data)
		if count == "0" || count == "-1" || race {
			continue
		}
		for _, option := range []string{"-force-color", "-full-path", "-rel-path"} {
			command := exec.Command(pp, option)
			command.Stdin = bytes.NewReader(text.data)
			shown, err := command.Output()
			if err == nil {
				report(out, "pp", text.name+option, shown, count)
			}
		}
	}
}

type text struct {
	name string
	data []byte
}

var header = regexp.MustCompile(`(?m)^.*goroutine \d+.*\[`)

func textsIn(folder string) []text {
	var texts []text
	check(filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return nil
		}
		ast.Inspect(file, func(node ast.Node) bool {
			value, ok := constant(node)
			if !ok || !strings.Contains(value, "\n") || !header.MatchString(value) {
				return true
			}
			name, _ := filepath.Rel(folder, path)
			at := set.Position(node.Pos()).Line
			texts = append(texts, text{fmt.Sprintf("%s:%d", filepath.ToSlash(name), at), []byte(value)})
			return false
		})
		return nil
	}))
	sort.Slice(texts, func(a, b int) bool { return texts[a].name < texts[b].name })
	return texts
}

// constant is the text of a literal, of a sum of literals, or of the lines in a slice of literals.
func constant(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.BasicLit:
		value, err := strconv.Unquote(node.Value)
		return value, node.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		a, known := constant(node.X)
		b, knownToo := constant(node.Y)
		return a + b, known && knownToo
	case *ast.CompositeLit:
		lines := []string{}
		for _, element := range node.Elts {
			line, known := constant(element)
			if !known {
				return "", false
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "\n"), true
	}
	return "", false
}

var written = 0

func report(out, peer, name string, data []byte, count string) {
	written++
	path := filepath.Join(out, fmt.Sprintf("%04d", written))
	check(os.WriteFile(path, data, 0o644))
	fmt.Printf("%s\t%s\t%s\t%s\n", peer, name, count, path)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
