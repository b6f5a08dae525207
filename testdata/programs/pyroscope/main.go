// Command pyroscope answers as Pyroscope's querier does, with the types and the handlers of its published protocol, for two pods of one service.
// It writes its answers to DIR, each with the request that led to it: go run . DIR. The module is not part of the one around it, so that nothing
// has to be downloaded to build that.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"connectrpc.com/connect"
	googlev1 "github.com/grafana/pyroscope/api/gen/proto/go/google/v1"
	querierv1 "github.com/grafana/pyroscope/api/gen/proto/go/querier/v1"
	"github.com/grafana/pyroscope/api/gen/proto/go/querier/v1/querierv1connect"
	typesv1 "github.com/grafana/pyroscope/api/gen/proto/go/types/v1"
	"google.golang.org/protobuf/proto"
)

const (
	kind = "goroutine:goroutine:count:goroutine:count"
	// When both profiles were taken, in milliseconds since 1970.
	taken = int64(1796000000123)
)

type pod struct {
	name  string
	id    string
	count int64
}

var pods = []pod{
	{"checkout-0", "7c9e6679-7425-40de-944b-e07fc1f90ae7", 3},
	{"checkout-1", "0f8fad5b-d9cb-469f-a165-70867728950e", 70},
}

// querier answers the calls that leakscope makes, and no others.
type querier struct {
	querierv1connect.UnimplementedQuerierServiceHandler
	// Whether it is a server from before pprof answers of SelectMergeStacktraces.
	isOlder bool
}

func (querier) ProfileTypes(context.Context, *connect.Request[querierv1.ProfileTypesRequest]) (*connect.Response[querierv1.ProfileTypesResponse], error) {
	return connect.NewResponse(&querierv1.ProfileTypesResponse{ProfileTypes: []*typesv1.ProfileType{
		{ID: "memory:inuse_space:bytes:space:bytes", Name: "memory", SampleType: "inuse_space", SampleUnit: "bytes", PeriodType: "space", PeriodUnit: "bytes"},
		{ID: kind, Name: "goroutine", SampleType: "goroutine", SampleUnit: "count", PeriodType: "goroutine", PeriodUnit: "count"},
	}}), nil
}

func (querier) SelectSeries(_ context.Context, r *connect.Request[querierv1.SelectSeriesRequest]) (*connect.Response[querierv1.SelectSeriesResponse], error) {
	if r.Msg.ProfileTypeID != kind || r.Msg.ExemplarType != typesv1.ExemplarType_EXEMPLAR_TYPE_INDIVIDUAL {
		return nil, connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("not expected: %v", r.Msg))
	}
	answer := &querierv1.SelectSeriesResponse{}
	label := func(name, value string) *typesv1.LabelPair { return &typesv1.LabelPair{Name: name, Value: value} }
	for _, it := range pods {
		answer.Series = append(answer.Series, &typesv1.Series{
			Labels: []*typesv1.LabelPair{label("pod", it.name), label("service_name", "checkout"), label("service_version", "v9")},
			Points: []*typesv1.Point{
				{Value: 1, Timestamp: taken - 240_000},
				{Value: float64(it.count), Timestamp: taken, Exemplars: []*typesv1.Exemplar{{Timestamp: taken, ProfileId: it.id, Value: it.count}}},
			},
		})
	}
	// A series of several processes: nothing says of which.
	answer.Series = append(answer.Series, &typesv1.Series{Labels: []*typesv1.LabelPair{label("service_name", "search")}, Points: []*typesv1.Point{
		{Value: 9, Timestamp: taken, Exemplars: []*typesv1.Exemplar{{Timestamp: taken, ProfileId: pods[0].id, Value: 9}}}}})
	return connect.NewResponse(answer), nil
}

func (q querier) SelectMergeStacktraces(_ context.Context, r *connect.Request[querierv1.SelectMergeStacktracesRequest]) (*connect.Response[querierv1.SelectMergeStacktracesResponse], error) {
	if q.isOlder {
		return connect.NewResponse(&querierv1.SelectMergeStacktracesResponse{Flamegraph: &querierv1.FlameGraph{Names: []string{"total"}, Total: 3}}), nil
	}
	profile, err := selected(r.Msg.LabelSelector, r.Msg.ProfileIdSelector)
	if err != nil || r.Msg.Format != querierv1.ProfileFormat_PROFILE_FORMAT_PPROF {
		return nil, connect.NewError(connect.CodeNotFound, fmt.Errorf("not found: %v", r.Msg))
	}
	return connect.NewResponse(&querierv1.SelectMergeStacktracesResponse{Pprof: &querierv1.PprofProfile{Profile: profile}}), nil
}

func (querier) SelectMergeProfile(_ context.Context, r *connect.Request[querierv1.SelectMergeProfileRequest]) (*connect.Response[googlev1.Profile], error) {
	profile, err := selected(r.Msg.LabelSelector, r.Msg.ProfileIdSelector)
	if err != nil {
		return nil, connect.NewError(connect.CodeNotFound, err)
	}
	return connect.NewResponse(profile), nil
}

// selected is the profile of a pod.
func selected(selector string, ids []string) (*googlev1.Profile, error) {
	for _, it := range pods {
		if len(ids) == 1 && ids[0] == it.id && strings.Contains(selector, `pod="`+it.name+`"`) {
			return profile(it.count), nil
		}
	}
	return nil, fmt.Errorf("no profile: %s %v", selector, ids)
}

func profile(count int64) *googlev1.Profile {
	names := []string{"", "goroutine", "count", "runtime.gopark", "runtime.chansend", "main.send", "/srv/send.go"}
	p := &googlev1.Profile{
		SampleType:  []*googlev1.ValueType{{Type: 1, Unit: 2}},
		PeriodType:  &googlev1.ValueType{Type: 1, Unit: 2},
		Period:      1,
		TimeNanos:   taken * 1_000_000,
		StringTable: names,
		Sample:      []*googlev1.Sample{{LocationId: []uint64{1, 2, 3}, Value: []int64{count}}},
	}
	for i := uint64(1); i <= 3; i++ {
		p.Function = append(p.Function, &googlev1.Function{Id: i, Name: int64(i + 2), Filename: 6})
		p.Location = append(p.Location, &googlev1.Location{Id: i, Line: []*googlev1.Line{{FunctionId: i, Line: int64(10 * i)}}})
	}
	return p
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: pyroscope DIR")
	}
	dir := os.Args[1]
	for prefix, older := range map[string]bool{"": false, "older-": true} {
		mux := http.NewServeMux()
		mux.Handle(querierv1connect.NewQuerierServiceHandler(querier{isOlder: older}))
		server := httptest.NewServer(mux)
		record := func(method, file, contentType string, body []byte) {
			if older && method != "SelectMergeStacktraces" {
				return // as a newer one answers
			}
			response, err := http.Post(server.URL+"/querier.v1.QuerierService/"+method, contentType, bytes.NewReader(body))
			if err != nil {
				log.Fatal(err)
			}
			answer, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusOK {
				log.Fatal(response.Status, err, string(answer))
			}
			write(filepath.Join(dir, prefix+file+".request"), body)
			write(filepath.Join(dir, prefix+file+".answer"), answer)
		}
		record("ProfileTypes", "types", "application/json", []byte(`{"start":1795999000123,"end":1796000000999}`))
		record("SelectSeries", "series", "application/json", []byte(`{"profileTypeID":"`+kind+`","labelSelector":"{env=\"prod\"}","start":1795999000123,"end":1796000000999,`+
			`"groupBy":["service_name","pod"],"step":225,"exemplarType":"EXEMPLAR_TYPE_INDIVIDUAL"}`))
		for _, it := range pods {
			selector := fmt.Sprintf(`{env="prod",pod="%s",service_name="checkout",service_version="v9"}`, it.name)
			newer, err := proto.Marshal(&querierv1.SelectMergeStacktracesRequest{
				ProfileTypeID: kind, LabelSelector: selector, Start: taken - 1000, End: taken + 1000,
				Format: querierv1.ProfileFormat_PROFILE_FORMAT_PPROF, ProfileIdSelector: []string{it.id},
			})
			if err != nil {
				log.Fatal(err)
			}
			record("SelectMergeStacktraces", "stacktraces-"+it.name, "application/proto", newer)
			older, err := proto.Marshal(&querierv1.SelectMergeProfileRequest{
				ProfileTypeID: kind, LabelSelector: selector, Start: taken - 1000, End: taken + 1000, ProfileIdSelector: []string{it.id},
			})
			if err != nil {
				log.Fatal(err)
			}
			record("SelectMergeProfile", "profile-"+it.name, "application/proto", older)
		}
		server.Close()
	}
}

func write(path string, data []byte) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		log.Fatal(err)
	}
}
