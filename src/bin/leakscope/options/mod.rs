//! Command-line options that several commands share: one file per group. The arguments of a single command are in that
//! command's file. Nothing here acts on a value.

mod lazy_args;
mod limits;
mod log;
mod output;
mod report;
mod target;
mod values;

pub(crate) use lazy_args::LazyArgs;
pub(crate) use limits::LimitArgs;
pub(crate) use log::LogArgs;
pub(crate) use log::Reading;
pub(crate) use output::OutputArgs;
pub(crate) use report::ForecastArgs;
pub(crate) use report::LabelArgs;
pub(crate) use report::ReportArgs;
pub(crate) use report::WaitArgs;
pub(crate) use target::HttpArgs;
pub(crate) use target::WhatArgs;
pub(crate) use target::When;
pub(crate) use values::duration;
