//! stub
#![expect(missing_docs)]
#[derive(Clone, Debug, PartialEq)]
pub struct RowCounts {
    pub counts: Vec<i128>,
    pub cohorts: Vec<Cohort>,
    pub proven: Option<i128>,
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cohort {
    pub born: u64,
    pub exited: u64,
    pub survived: u64,
}
pub struct Times {
    pub hours: Option<Vec<f64>>,
}
#[derive(Default)]
pub struct Thresholds {}
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    pub verdict: Verdict,
    pub shape: Option<Shape>,
    pub per_hour: Option<f64>,
    pub p_value: Option<f64>,
    pub reason: String,
    pub basis: GrowthBasis,
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Growing,
    Steady,
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Grew,
}
pub struct Judgement {
    pub rows: Vec<Growth>,
    pub load: Vec<f64>,
    pub load_moved: Option<String>,
    pub restarts: Vec<usize>,
    pub tested: usize,
    pub smallest_p: Option<f64>,
}
pub fn judge(rows: &[RowCounts], _times: &Times, _restarted: &[bool], _t: &Thresholds) -> Judgement {
    let rows = rows
        .iter()
        .map(|r| {
            let g = r.counts.windows(2).all(|w| w[1] > w[0]) && r.counts.len() > 3;
            Growth {
                verdict: if g { Verdict::Growing } else { Verdict::Steady },
                shape: None,
                per_hour: None,
                p_value: None,
                reason: String::new(),
                basis: GrowthBasis::Counts,
            }
        })
        .collect();
    Judgement { rows, load: vec![], load_moved: None, restarts: vec![], tested: 0, smallest_p: None }
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Growing => "growing",
            Verdict::Steady => "steady",
        }
    }
}
impl Shape {
    pub fn as_str(self) -> &'static str {
        "grew"
    }
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GrowthBasis {
    Counts,
}
impl GrowthBasis {
    pub fn as_str(self) -> &'static str {
        "counts"
    }
}
