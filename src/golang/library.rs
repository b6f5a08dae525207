//! Library functions that block only in one way, for forms that hide the runtime's frames.

use crate::model::BlockedOn;

/// If one of these is the innermost frame that a form shows, it waits in its own `select`, receive or send, because for all its other
/// waits there are further frames. A `…` matches any text, such as a version. Sources: Go 1.18 to 1.27, and the libraries that the rules in
/// `rules/builtin` link to.
const WAITS: [(&str, BlockedOn); 45] = [
    ("context.(*cancelCtx).propagateCancel.func2", BlockedOn::Select),
    ("context.propagateCancel.func1", BlockedOn::Select),
    ("database/sql.(*DB).conn", BlockedOn::Select),
    ("database/sql.(*DB).connectionCleaner", BlockedOn::Select),
    ("database/sql.(*DB).connectionOpener", BlockedOn::Select),
    ("database/sql.(*DB).connectionResetter", BlockedOn::Select),
    ("database/sql.(*Tx).awaitDone", BlockedOn::ChannelReceive),
    ("github.com/go-sql-driver/mysql.(*mysqlConn).startWatcher.func1", BlockedOn::Select),
    ("github.com/hashicorp/yamux.(*Session).keepalive", BlockedOn::Select),
    ("github.com/jackc/pgx/…/pgxpool.(*Pool).backgroundHealthCheck", BlockedOn::Select),
    ("github.com/olivere/elastic….(*Client).healthchecker", BlockedOn::Select),
    ("github.com/olivere/elastic….(*Client).sniffer", BlockedOn::Select),
    ("github.com/panjf2000/ants/….(*poolCommon).purgeStaleWorkers", BlockedOn::Select),
    ("github.com/panjf2000/ants/….(*poolCommon).ticktock", BlockedOn::Select),
    ("github.com/patrickmn/go-cache.(*janitor).Run", BlockedOn::Select),
    ("github.com/robfig/cron….(*Cron).run", BlockedOn::Select),
    ("github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain", BlockedOn::Select),
    ("github.com/twmb/franz-go/pkg/kgo.(*Client).reapConnectionsLoop", BlockedOn::Select),
    ("github.com/twmb/franz-go/pkg/kgo.(*Client).updateMetadataLoop", BlockedOn::Select),
    ("go.opencensus.io/stats/view.(*worker).start", BlockedOn::Select),
    ("go.opentelemetry.io/otel/sdk/trace.(*batchSpanProcessor).processQueue", BlockedOn::Select),
    ("go.uber.org/zap/zapcore.(*BufferedWriteSyncer).flushLoop", BlockedOn::Select),
    ("golang.org/x/net/http2.(*clientStream).writeRequest", BlockedOn::Select),
    ("golang.org/x/net/http2.(*serverConn).serve", BlockedOn::Select),
    ("golang.org/x/sync/semaphore.(*Weighted).Acquire", BlockedOn::Select),
    ("google.golang.org/grpc.(*ccBalancerWrapper).watcher", BlockedOn::Select),
    ("google.golang.org/grpc/internal/transport.(*controlBuffer).get", BlockedOn::Select),
    ("google.golang.org/grpc/internal/transport.(*http2Client).keepalive", BlockedOn::Select),
    ("io.(*pipe).read", BlockedOn::Select),
    ("io.(*pipe).write", BlockedOn::Select),
    ("k8s.io/apimachinery/pkg/util/wait.BackoffUntil", BlockedOn::Select),
    ("k8s.io/client-go/tools/cache.(*processorListener).pop", BlockedOn::Select),
    ("net.(*netFD).connect.func…", BlockedOn::Select),
    ("net/http.(*Transport).getConn", BlockedOn::Select),
    ("net/http.(*http2clientStream).writeRequest", BlockedOn::Select),
    ("net/http.(*http2serverConn).serve", BlockedOn::Select),
    ("net/http.(*persistConn).readLoop", BlockedOn::Select),
    ("net/http.(*persistConn).roundTrip", BlockedOn::Select),
    ("net/http.(*persistConn).writeLoop", BlockedOn::Select),
    ("net/http/internal/http2.(*clientStream).writeRequest", BlockedOn::Select),
    ("net/http/internal/http2.(*serverConn).serve", BlockedOn::Select),
    ("os/exec.(*Cmd).watchCtx.func1", BlockedOn::Select),
    ("reflect.chanrecv", BlockedOn::ChannelReceive),
    ("reflect.chansend0", BlockedOn::ChannelSend),
    ("reflect.rselect", BlockedOn::Select),
];

/// How a library function blocks, by its canonical name; `None` if it is not known to block only in one way.
pub(super) fn waits_in(name: &str) -> Option<BlockedOn> {
    let is = |pattern: &str| match pattern.split_once('…') {
        Some((start, end)) => name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        None => pattern == name,
    };
    WAITS.iter().find(|(pattern, _)| is(pattern)).map(|(_, blocked_on)| *blocked_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        assert!(WAITS.is_sorted_by_key(|(pattern, _)| pattern));
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
