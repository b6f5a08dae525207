//! How labels are shown.

use clap::Args;
use clap::ValueEnum;
use leakscope::text::ShownLabels;

#[derive(Debug, Args)]
pub(crate) struct LabelArgs {
    /// How to show label values that look like secrets or addresses.
    #[arg(long, value_name = "HOW", default_value = "masked", help_heading = "Report")]
    show_labels: Shown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shown {
    /// As `***`.
    Masked,
    /// In full.
    Raw,
}

impl LabelArgs {
    pub(crate) fn shown(&self) -> ShownLabels {
        match self.show_labels {
            Shown::Masked => ShownLabels::Masked,
            Shown::Raw => ShownLabels::Raw,
        }
    }
}
