//! The least that still goes wrong.

use wx_sim::world::Doomed;

use crate::{
    plan::{Plan, Timed},
    report::Kind,
    scene,
};

/// So many runs at most.
const RUNS: u32 = 300;

/// One thing that can be taken away.
#[derive(Clone)]
enum Piece {
    Move(Timed),
    Fate(Doomed),
}

/// Takes away whatever is not needed for a violation of this kind, and tells what is left.
pub(crate) fn shrink(plan: &Plan, fates: &[Doomed], kind: Kind) -> Vec<String> {
    let moves = plan.moves.iter().cloned().map(Piece::Move);
    let fates = fates.iter().cloned().map(Piece::Fate);
    let mut pieces: Vec<Piece> = moves.chain(fates).collect();
    let mut runs = 0;
    let mut fails = |pieces: &[Piece]| {
        runs += 1;
        runs <= RUNS && does_fail(plan, pieces, kind)
    };
    if !fails(&pieces) {
        return vec!["it does not happen again with the same faults one by one".to_owned()];
    }
    let mut size = pieces.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < pieces.len() {
            let mut fewer = pieces.clone();
            fewer.drain(at..(at + size).min(pieces.len()));
            if fails(&fewer) {
                pieces = fewer;
            } else {
                at += size;
            }
        }
        if size == 1 {
            break;
        }
        size = size.div_ceil(2);
    }
    pieces.iter().map(tell).collect()
}

fn does_fail(plan: &Plan, pieces: &[Piece], kind: Kind) -> bool {
    let mut plan = plan.clone();
    plan.moves.clear();
    let mut fates = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Move(it) => plan.moves.push(it.clone()),
            Piece::Fate(it) => fates.push(it.clone()),
        }
    }
    scene::run(&plan, Some(&fates)).report.count(kind) > 0
}

fn tell(piece: &Piece) -> String {
    match piece {
        Piece::Move(it) => {
            let sort = if it.what.is_fault() {
                "fault"
            } else {
                "traffic"
            };
            format!("{:>12.3} s  {sort}  {:?}", it.at.as_secs_f64(), it.what)
        }
        Piece::Fate(it) => format!(
            "exchange {:>6}  network  {} {:?}",
            it.exchange, it.endpoint, it.fate
        ),
    }
}
