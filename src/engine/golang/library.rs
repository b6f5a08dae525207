//! Library functions that block only in one way, for forms that hide the runtime's frames.

use crate::model::BlockedOn;

/// Functions by what they wait in. If one of these is the innermost frame that a form shows, it waits in its own `select`, receive or
/// send, because for all its other waits there are further frames. Sources: Go 1.18 to 1.27, and the libraries that the rules in
/// `rules/builtin` link to.
const NAMES: [(BlockedOn, &[&str]); 3] = [
    (
        BlockedOn::Select,
        &[
            "context.(*cancelCtx).propagateCancel.func2",
            "context.propagateCancel.func1",
            "database/sql.(*DB).conn",
            "database/sql.(*DB).connectionCleaner",
            "database/sql.(*DB).connectionOpener",
            "database/sql.(*DB).connectionResetter",
            "github.com/go-sql-driver/mysql.(*mysqlConn).startWatcher.func1",
            "github.com/hashicorp/yamux.(*Session).keepalive",
            "github.com/patrickmn/go-cache.(*janitor).Run",
            "github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain",
            "github.com/twmb/franz-go/pkg/kgo.(*Client).reapConnectionsLoop",
            "github.com/twmb/franz-go/pkg/kgo.(*Client).updateMetadataLoop",
            "go.opencensus.io/stats/view.(*worker).start",
            "go.opentelemetry.io/otel/sdk/trace.(*batchSpanProcessor).processQueue",
            "go.uber.org/zap/zapcore.(*BufferedWriteSyncer).flushLoop",
            "golang.org/x/net/http2.(*clientStream).writeRequest",
            "golang.org/x/net/http2.(*serverConn).serve",
            "golang.org/x/sync/semaphore.(*Weighted).Acquire",
            "google.golang.org/grpc.(*ccBalancerWrapper).watcher",
            "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
            "google.golang.org/grpc/internal/transport.(*http2Client).keepalive",
            "io.(*pipe).read",
            "io.(*pipe).write",
            "k8s.io/apimachinery/pkg/util/wait.BackoffUntil",
            "k8s.io/client-go/tools/cache.(*processorListener).pop",
            "net/http.(*Transport).getConn",
            "net/http.(*http2clientStream).writeRequest",
            "net/http.(*http2serverConn).serve",
            "net/http.(*persistConn).readLoop",
            "net/http.(*persistConn).roundTrip",
            "net/http.(*persistConn).writeLoop",
            "net/http/internal/http2.(*clientStream).writeRequest",
            "net/http/internal/http2.(*serverConn).serve",
            "os/exec.(*Cmd).watchCtx.func1",
            "reflect.rselect",
        ],
    ),
    (BlockedOn::ChannelReceive, &["database/sql.(*Tx).awaitDone", "reflect.chanrecv"]),
    (BlockedOn::ChannelSend, &["reflect.chansend0"]),
];

/// The same for functions with anything, such as a version, between two parts of their names.
const PARTS: [(&str, &str, BlockedOn); 8] = [
    ("github.com/jackc/pgx/", "/pgxpool.(*Pool).backgroundHealthCheck", BlockedOn::Select),
    ("github.com/olivere/elastic", ".(*Client).healthchecker", BlockedOn::Select),
    ("github.com/olivere/elastic", ".(*Client).sniffer", BlockedOn::Select),
    ("github.com/panjf2000/ants/", ".(*poolCommon).purgeStaleWorkers", BlockedOn::Select),
    ("github.com/panjf2000/ants/", ".(*poolCommon).ticktock", BlockedOn::Select),
    ("github.com/robfig/cron", ".(*Cron).run", BlockedOn::Select),
    ("net.(*netFD).connect.func", "", BlockedOn::Select),
    ("gopkg.in/natefinch/lumberjack", ".(*Logger).millRun", BlockedOn::ChannelReceive),
];

/// How a library function blocks, by its canonical name; `None` if it is not known to block only in one way.
pub(super) fn waits_in(name: &str) -> Option<BlockedOn> {
    let is_whole = |(_, names): &&(BlockedOn, &[&str])| names.contains(&name);
    let has_parts = |(start, end, _): &&(&str, &str, BlockedOn)| {
        name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end))
    };
    let whole = NAMES.iter().find(is_whole).map(|(blocked_on, _)| *blocked_on);
    whole.or_else(|| PARTS.iter().find(has_parts).map(|(.., blocked_on)| *blocked_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        let check = |name: &str, expected: Option<BlockedOn>| assert_eq!(waits_in(name), expected, "{name}");
        check("io.(*pipe).read", Some(BlockedOn::Select));
        check("net.(*netFD).connect.func2", Some(BlockedOn::Select));
        check("github.com/robfig/cron/v3.(*Cron).run", Some(BlockedOn::Select));
        check("github.com/robfig/cron.(*Cron).run", Some(BlockedOn::Select));
        check("github.com/robfig/cron/v3.(*Cron).Stop", None);
        check("io.(*pipe).reader", None);
        check("main.read", None);
    }
}
