//! Options for what else is written beside the report on standard output.

use std::path::PathBuf;

use clap::Args;
use leakscope::render::FORMATS;
use leakscope::render::Format;
use leakscope::report::SourceLink;

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct OutputArgs {
    /// Also write the report to FILE in this format. May be given several times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    pub(crate) output: Vec<(Format, PathBuf)>,
    /// Also write the page of --format html to a temporary file, and open it in the browser.
    #[arg(long)]
    pub(crate) open: bool,
    /// Link positions in the page to a forge: https://forge/x/blob/REV/{file}#L{line}
    #[arg(long, value_name = "URL", value_parser = source_link)]
    pub(crate) source_link: Option<SourceLink>,
}

impl OutputArgs {
    /// Whether nothing is written but the report on standard output.
    pub(crate) fn is_empty(&self) -> bool {
        self.output.is_empty() && !self.open
    }

    /// The formats that are written beside the one on standard output.
    pub(crate) fn formats(&self) -> impl Iterator<Item = Format> {
        let page = self.open.then_some(Format::HTML);
        self.output.iter().map(|(format, _)| *format).chain(page)
    }
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (name, file) =
        text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or("write it like junit=leaks.xml")?;
    let unknown =
        || format!("there is no format {name}: use one of {}", FORMATS.map(|it| it.name).join(", "));
    let format = Format::named(name).ok_or_else(unknown)?;
    Ok((format, PathBuf::from(file)))
}

fn source_link(text: &str) -> Result<SourceLink, String> {
    SourceLink::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_have_a_format_and_a_file() {
        let file = |text: &str| output(text).map(|(format, file)| (format.name, file));
        assert_eq!(file("html=a=b.html"), Ok(("html", PathBuf::from("a=b.html"))));
        assert_eq!(file("html="), Err("write it like junit=leaks.xml".to_owned()));
        assert_eq!(file("html"), Err("write it like junit=leaks.xml".to_owned()));
        assert!(file("pdf=a.pdf").is_err_and(|it| it.contains("no format pdf")));
    }
}
