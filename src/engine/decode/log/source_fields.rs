//! Fields of records that name the source of a line, by what they are called in log systems.

/// Parts of names, in lower case and without separators.
const PARTS: [&str; 16] = [
    "pod",
    "container",
    "package",
    "host",
    "systemdunit",
    "service",
    "instance",
    "dyno",
    "process",
    "appname",
    "identifier",
    "logstream",
    "logname",
    "replica",
    "taskid",
    "component",
];

/// Whole names.
const NAMES: [&str; 14] = [
    "app",
    "pid",
    "unit",
    "comm",
    "node",
    "job",
    "source",
    "stream",
    "program",
    "exe",
    "cmdline",
    "machine",
    "name",
    "syslogtag",
];

/// What is before a record in its line.
pub(super) const PREFIX: &str = "\0prefix";

/// Whether the field at a path names the source.
pub(super) fn is_source(path: &str) -> bool {
    if path == PREFIX {
        return true;
    }
    let name: String = path
        .rsplit('.')
        .next()
        .unwrap_or(path)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_time = name.contains("time") || name.contains("date");
    !is_time && (NAMES.contains(&&*name) || PARTS.iter().any(|part| name.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for path in [
            "_PID",
            "kubernetes.pod_name",
            "Package",
            "stream",
            "resource.labels.instance_id",
            "_SYSTEMD_UNIT",
        ] {
            assert!(is_source(path), "{path}");
        }
        for path in ["MESSAGE", "Test", "time", "ts", "caller", "level", "__CURSOR", "processTime", "logger"]
        {
            assert!(!is_source(path), "{path}");
        }
    }
}
