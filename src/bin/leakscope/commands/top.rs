//! `leakscope top`: one moment.

use anyhow::anyhow;
use leakscope::pipeline::MomentInput;

use super::super::args::TopArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::terminal::Terminal;
use super::Next;

pub(crate) fn run(args: &TopArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let max_input = args.report.limits.max_input;
    let mut whole: Option<MomentInput> = None;
    for path in args.inputs.iter().chain(&args.heap) {
        let mut moments = inputs::moments_at(path, max_input)?;
        if moments.len() > 1 {
            let name = inputs::name(path);
            let error = anyhow!("{name}: holds {} captures, and top reports on one moment", moments.len());
            let hint = format!("leakscope diff {name}   or name one of its folders");
            return Err(Failure::usage(error).with_hint(Some(hint)));
        }
        let Some(moment) = moments.pop() else { continue };
        match &mut whole {
            None => whole = Some(moment),
            Some(whole) => {
                whole.files.extend(moment.files);
                whole.taken_at = whole.taken_at.or(moment.taken_at);
                whole.go_version = whole.go_version.take().or(moment.go_version);
            }
        }
    }
    let Some(whole) = whole else {
        return Err(Failure::usage(anyhow!("no input is given")));
    };
    let moment = inputs::decoded(whole, &plan.limits)?;
    super::show(std::iter::once(moment), Next::for_files(), &plan, &args.report, terminal)?;
    Ok(Outcome::Done)
}
